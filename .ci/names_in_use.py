"""Names whose use vulture does not see. `dead_code.py` adds the fields and enums of the contract."""

# what users read, write or choose
_.retry_after, _.content_filter_result, _.name

# what Python, azure-core, aiohttp, http.server, pydantic and pytest call or set by name
memo, zone, this, exc_type, exc_val, exc_tb, resp, blocking, native, trace_state, pipeline_response
_.__class__, _.on_response, _.get_redirect_target, _.readable, _.get_description
(
    _.do_GET,
    _.do_PUT,
    _.do_DELETE,
    _.protocol_version,
    _.daemon_threads,
    _.allow_reuse_address,
    model_config,
    collect_ignore_glob,
    pytest_addoption,
    pytest_collection,
    pytest_configure,
    pytest_report_from_serializable,
    pytest_report_to_serializable,
    pytest_runtest_call,
    pytest_runtest_setup,
    pytest_runtest_teardown,
    pytest_sessionstart,
    pytest_xdist_auto_num_workers,
    pytestmark,
    http_instrumentations,
)

# what html.parser and socketserver call
attrs
_.handle_starttag, _.handle_endtag, _.handle

# what azure-core, requests, urllib3 and http.client call, read or set by name
conn, cookie, connection_verify
_.exc_traceback, _.exc_msg, _.pool_classes_by_scheme, _.proxy_manager, _.response_class, _.put, _.qsize, _.QueueCls
_.set_ok, _.elapsed, _.writelines, _._content_consumed

# the fields and members of classes that become schemas
(
    infinite,
    minutes,
    many,
    nothing,
    sky,
    street,
    twice,
    described,
    hidden,
    f,
    PAIR,
    people,
    town,
    country,
    flag,
    anything,
    money,
)
clock, serial, unique, bought, parcel, trees, TWO, NO

# the scenes of a program that forks, chosen by name
_.unused, _.inherited_loop, _.in_loop, _.numbered, _.is_async

# what templates reach for in tests, and must not get
_.initial, _.fire
