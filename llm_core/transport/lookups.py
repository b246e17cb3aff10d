"""The addresses of host names, looked up in daemon threads: `getaddrinfo` has no timeout and cannot be interrupted."""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
from concurrent.futures import Future
from contextlib import suppress
from copy import copy
from typing import TypeAlias

from .deadline import Deadline

Place: TypeAlias = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]  # as sockets have it
Address: TypeAlias = tuple[socket.AddressFamily, Place]
Lookup: TypeAlias = "Future[tuple[Address, ...] | Exception]"

MAX_LOOKUPS = 8  # in one process at a time: an abandoned one lasts as long as the resolver takes
WAIT = 0.05  # seconds between two looks at whether a call was aborted

# By process id, since a child has none of its parent's threads; no lock, since a fork could copy it while it is held.
_running: dict[int, dict[tuple[str, int], Lookup]] = {}


def addresses_of(host: str, port: int, deadline: Deadline) -> tuple[Address, ...]:
    """Return the addresses of *host*.

    Raises:
        OSError: it has none.
        TimeoutError: they were not found before *deadline*. The lookup goes on in its thread.
        AbortedError: another thread ended the call.
    """
    if literal := literal_address(host, port):
        return (literal,)
    while True:
        lookup = start_lookup(host, port)
        while lookup is not None:
            with suppress(TimeoutError):
                return found_by(lookup.result(min(WAIT, deadline.remaining)))
            deadline.check()
        deadline.check()
        threading.Event().wait(min(WAIT, deadline.remaining))


def start_lookup(host: str, port: int) -> Lookup | None:
    """Return the addresses to come; calls for the same host share them. None: too many lookups are running."""
    running = _running.setdefault(os.getpid(), {})
    if len(running) >= MAX_LOOKUPS and (host, port) not in running:
        return None
    lookup: Lookup = Future()
    lookup.set_running_or_notify_cancel()  # a caller that gives up cannot cancel it for the others
    shared = running.setdefault((host, port), lookup)
    if shared is lookup:
        try:
            threading.Thread(target=_look_up, args=(running, host, port), name="llm_core lookup", daemon=True).start()
        except BaseException:  # no thread could be started, or Ctrl-C
            running.pop((host, port), None)
            raise
    return shared


def found_by(outcome: tuple[Address, ...] | Exception) -> tuple[Address, ...]:
    """Return the addresses of a lookup that has ended, or raise a copy of its error, which other calls raise too."""
    if isinstance(outcome, Exception):
        raise copy(outcome)
    return outcome


def literal_address(host: str, port: int) -> Address | None:
    """Return the address that *host* is itself; None for a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return socket.AF_INET, (host, port)
    return None if address.scope_id else (socket.AF_INET6, (host, port, 0, 0))


def _look_up(running: dict[tuple[str, int], Lookup], host: str, port: int) -> None:
    lookup = running[host, port]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        outcome: tuple[Address, ...] | Exception = tuple((family, address) for family, _, _, _, address in found)
    except Exception as error:  # noqa: BLE001 -- OSError, and UnicodeError for a label that is too long
        outcome = error
    running.pop((host, port), None)
    lookup.set_result(outcome)
