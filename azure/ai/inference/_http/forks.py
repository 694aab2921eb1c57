"""Forked processes: a child opens its own connections and does not touch those of its parent."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, Callable, Dict, List, TypeVar
from weakref import WeakKeyDictionary, WeakSet

from azure.ai.inference._json import type_of

Owner = TypeVar("Owner")

#: The number of forks between this process and the first one.
count: int = 0

_transports: WeakSet[Any] = WeakSet()
_sockets: WeakSet[Any] = WeakSet()
_renewals: WeakKeyDictionary[Any, Callable[[Any], None]] = WeakKeyDictionary()
_of_parent: List[Dict[str, Any]] = []


def watch(transport: Any) -> None:
    """Make a transport open its own connections in each forked process.

    It does so by ``forget_connections()``; without that method, the adapters of its session of requests are renewed.
    """
    with suppress(TypeError):  # a foreign one may not be hashable or weakly referable
        _transports.add(transport)


def watch_socket(sock: Any) -> None:
    """Make each forked process close its copy of a socket, so that the connection ends with its owner."""
    with suppress(TypeError):
        _sockets.add(sock)


def renew_in_child(owner: Owner, renew: Callable[[Owner], None]) -> None:
    """Call a function with an object in each forked process, while the object exists."""
    _renewals[owner] = renew


def renew_session(session: Any) -> None:
    """Give the adapters of a session of requests new, empty pools."""
    adapters: Any = sys.modules.get("requests.adapters")
    mounted: Dict[str, Any] = getattr(session, "adapters", {})
    kind: Any = None if adapters is None else adapters.HTTPAdapter
    for adapter in set(mounted.values()):
        if kind is not None and kind in type_of(adapter).__mro__:
            # Kept, as closing the old pools may wait for a lock that a thread of the parent holds.
            state: Dict[str, Any] = adapter.__dict__
            _of_parent.append(dict(state))
            adapter.__setstate__(adapter.__getstate__())


def _in_child() -> None:
    global count
    count += 1
    for sock in list(_sockets):
        with suppress(AttributeError, OSError):
            os.close(sock.detach())
    for transport in list(_transports):
        forget = getattr(transport, "forget_connections", None)
        if forget is None:
            renew_session(getattr(transport, "session", None))
        else:
            forget()
    for owner, renew in list(_renewals.items()):
        renew(owner)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
