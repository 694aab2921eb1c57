"""Names that vulture does not see used, and why they are there all the same."""

# the keywords of public methods, which the settings read by name from `locals()`
frequency_penalty, presence_penalty, temperature, top_p, max_tokens, tool_choice, seed, model_extras, input_type

# options that policies and transports of azure-core take
connection_cert, connection_timeout, connection_verify, cookies, logging_body, logging_enable, permit_redirects
raw_request_hook, raw_response_hook, read_timeout, redirect_max, request_id, response_encoding, retry_backoff_factor
retry_backoff_max, retry_connect, retry_on_methods, retry_read, retry_status, retry_total, tracing_options, user_agent

# what users read, write or choose
_.input_audio, _.strict, _.tool_call_id, _.retry_after, _.content_filter_result, _.model_provider_name, _.name
_.TOKEN_LIMIT_REACHED, _.CONTENT_FILTERED, _.BINARY, _.FLOAT, _.UBINARY, _.UINT8
_.IMAGE_GENERATION, _.TEXT_GENERATION, _.AUDIO_GENERATION

# what Python, azure-core, aiohttp, http.server, pydantic and pytest call or set by name
memo, exc_type, exc_val, exc_tb, resp, blocking, native, trace_state, pipeline_response
_.__class__, _.on_response, _.get_redirect_target, _._decompressed_content, _._factory, _.readable, _.get_description
(
    _.do_GET,
    _.do_PUT,
    _.do_DELETE,
    _.protocol_version,
    _.daemon_threads,
    _.allow_reuse_address,
    model_config,
    collect_ignore_glob,
    pytest_configure,
    pytestmark,
    http_instrumentations,
)

# what templates reach for in tests, and must not get
_.initial, _.fire
