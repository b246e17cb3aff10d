"""The connection pool of the sync transport, where a stream is closed while the pool works."""

import threading

import httpcore

from llm_core.transport.httpcore_transport import ConnectionPool


class Body:
    """The body of a response; it remembers whether it was closed."""

    closed = False

    def __iter__(self) -> "Body":
        return self

    def __next__(self) -> bytes:
        raise StopIteration

    def close(self) -> None:
        self.closed = True


def test_a_stream_that_is_closed_inside_the_lock_is_closed_when_the_lock_is_released() -> None:
    body = Body()
    pool = ConnectionPool(httpcore.ConnectionPool())
    response = httpcore.Response(200, content=body)

    with pool:
        pool.release(response)
        closed_inside = body.closed

    assert (False, True) == (closed_inside, body.closed)


def test_a_stream_that_another_thread_closes_inside_the_lock_waits_for_nothing() -> None:
    body = Body()
    pool = ConnectionPool(httpcore.ConnectionPool())

    with pool:
        thread = threading.Thread(target=pool.release, args=(httpcore.Response(200, content=body),))
        thread.start()
        thread.join(10)

    assert body.closed
