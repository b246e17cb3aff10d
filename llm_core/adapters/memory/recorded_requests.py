"""The requests that an `InMemoryChat` has received, and waiting for them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from llm_core.domain.requests import ChatRequest

if TYPE_CHECKING:  # only a caller that waits needs the import
    from concurrent.futures import Future


class RecordedRequests:
    """Requests in the order of arrival; threads and event loops may share it."""

    def __init__(self) -> None:
        """Start without a request."""
        self._lock = threading.Lock()
        self._requests: list[ChatRequest] = []
        self._waiting: dict[int, list[Future[None]]] = {}

    def all(self) -> tuple[ChatRequest, ...]:
        """Return every request so far."""
        with self._lock:
            return tuple(self._requests)

    def add(self, request: ChatRequest) -> int:
        """Record *request* and return its number, from 1."""
        with self._lock:
            self._requests.append(request)
            number = len(self._requests)
            reached = self._waiting.pop(number, [])
        for future in reached:
            if future.set_running_or_notify_cancel():  # False: the waiting task was cancelled
                future.set_result(None)
        return number

    def wait(self, count: int, timeout: float) -> None:
        """Return once there are *count* requests. TimeoutError: there are fewer after *timeout* seconds."""
        try:
            self._reached(count).result(timeout)
        except TimeoutError:
            raise self._too_few(count, timeout) from None

    async def wait_async(self, count: int, timeout: float) -> None:  # noqa: ASYNC109 -- as `wait`
        """As `wait`, on the running event loop."""
        import asyncio

        future = self._reached(count)
        if future.done():
            return
        try:
            async with asyncio.timeout(timeout):
                await asyncio.wrap_future(future)
        except TimeoutError:
            raise self._too_few(count, timeout) from None

    def _reached(self, count: int) -> Future[None]:
        """Return a future that is done once there are *count* requests, whichever thread adds the last one."""
        from concurrent.futures import Future

        future: Future[None] = Future()
        with self._lock:
            if len(self._requests) >= count:
                future.set_result(None)
            else:
                self._waiting.setdefault(count, []).append(future)
        return future

    def _too_few(self, count: int, timeout: float) -> TimeoutError:
        return TimeoutError(f"expected {count} or more calls within {timeout} seconds, got {len(self.all())}")
