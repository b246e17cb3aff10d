"""Connections that the server closes, resets or fills while they are idle: the next call is answered over another."""

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Literal

import httpx
import httpx2
import pytest

from llm_core import ChatRequest, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode

from .keeping_server import KeepingServer, response

REQUEST = ChatRequest(messages=[UserMessage("Well?")])
CALLS = 4
SURPLUS = "This answers no request."


def texts(chat: DirectChat, mode: Mode, between: Callable[[], object] = lambda: None) -> list[str]:
    """Return the answers of successive calls, those of an async mode in one event loop, which *between* blocks."""

    async def in_one_loop() -> list[str]:
        async with chat:
            found = []
            for _ in range(CALLS):
                found.append(await _atext(chat, mode))
                between()
            return found

    def one_by_one() -> list[str]:
        with chat:
            found = []
            for _ in range(CALLS):
                found.append(call_in_mode(chat, REQUEST, mode).text)
                between()
            return found

    return asyncio.run(in_one_loop()) if mode.startswith("a") else one_by_one()


async def _atext(chat: DirectChat, mode: Mode) -> str:
    if mode == "acomplete":
        return (await chat.acomplete(REQUEST)).text
    async with chat.astream(REQUEST) as stream:
        return (await stream.until_done()).text


def chat_at(server: KeepingServer) -> DirectChat:
    return DirectChat("openai/x", api_key="k", api_base=server.url)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize(
    "idle", [0.05, pytest.param(1.0, marks=pytest.mark.slow), pytest.param(5.0, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_connection_that_was_closed_while_it_was_idle_is_not_used(
    mode: Mode, idle: float, ending: Literal["close", "reset"]
) -> None:
    with KeepingServer(idle=idle, ending=ending) as server:
        seen = texts(chat_at(server), mode, server.wait_until_closed)

    assert ["1", "2", "3", "4"] == seen
    assert (CALLS, CALLS) == (server.requests, server.connections)


@pytest.mark.parametrize("mode", ["acomplete", "astream"])
def test_of_many_connections_that_were_closed_while_the_loop_was_blocked_none_is_used(mode: Mode) -> None:
    async def call(chat: DirectChat, server: KeepingServer) -> int:
        async with chat:
            answered = 0
            for _ in range(2):
                answered += len(await asyncio.gather(*(_atext(chat, mode) for _ in range(20))))
                server.wait_until_closed()
            return answered

    with KeepingServer(idle=0.3) as server:
        answered = asyncio.run(call(chat_at(server), server))

    assert (40, 40) == (answered, server.requests)


@pytest.mark.parametrize("mode", EVERY)
def test_an_open_idle_connection_is_used_again(mode: Mode) -> None:
    with KeepingServer() as server:
        seen = texts(chat_at(server), mode)

    assert ["1", "2", "3", "4"] == seen
    assert 1 == server.connections


def surplus_response(number: int, stream: bool) -> bytes:
    return response(str(number), stream=stream) + response(SURPLUS, stream=stream)


def surplus_garbage(number: int, stream: bool) -> bytes:
    return response(str(number), stream=stream) + b"garbage"


def surplus_empty_line(number: int, stream: bool) -> bytes:
    return response(str(number), stream=stream) + b"\r\n"


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("answer", [surplus_response, surplus_garbage, surplus_empty_line])
def test_a_connection_with_bytes_behind_an_answer_is_closed(mode: Mode, answer: Callable[[int, bool], bytes]) -> None:
    with KeepingServer(answer) as server:
        seen = texts(chat_at(server), mode)

    assert ["1", "2", "3", "4"] == seen
    assert (CALLS, CALLS) == (server.requests, server.connections)


@pytest.mark.parametrize("mode", EVERY)
def test_bytes_that_arrive_later_are_no_answer(mode: Mode) -> None:
    with KeepingServer() as server:

        def send_surplus() -> None:
            server.send(response(SURPLUS, stream=mode in ("stream", "astream")))
            time.sleep(0.02)  # it arrives, while the event loop does not run

        seen = texts(chat_at(server), mode, send_surplus)

    assert ["1", "2", "3", "4"] == seen
    assert (CALLS, CALLS) == (server.requests, server.connections)


@pytest.mark.parametrize("mode", ["acomplete", "astream"])
def test_bytes_that_arrive_while_the_loop_runs_close_an_idle_connection(mode: Mode) -> None:
    async def call(chat: DirectChat, server: KeepingServer) -> None:
        async with chat:
            await _atext(chat, mode)
            server.send(b"surplus")
            await asyncio.to_thread(server.wait_until_closed)

    with KeepingServer() as server:
        asyncio.run(call(chat_at(server), server))

    assert (1, 0) == (server.connections, server.open)


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize("mode", EVERY)
def test_a_connection_of_a_client_that_was_passed_in_is_closed_too(mode: Mode, library: object) -> None:
    with KeepingServer(surplus_response) as server:
        make = getattr(library, "AsyncClient" if mode.startswith("a") else "Client")
        client = make(trust_env=False)
        clients = {"async_client" if mode.startswith("a") else "client": client}
        chat = DirectChat("openai/x", api_key="k", api_base=server.url, **clients)
        seen = texts(chat, mode)

    assert ["1", "2", "3", "4"] == seen
    assert (CALLS, CALLS) == (server.requests, server.connections)


@pytest.mark.parametrize("mode", ["complete", "stream"])
def test_a_request_of_which_no_byte_could_be_sent_goes_out_on_a_fresh_connection(mode: Mode) -> None:
    with KeepingServer(ending="hold") as server, chat_at(server) as chat:
        first = call_in_mode(chat, REQUEST, mode).text
        (pool,) = chat._calls.transports._pools.values()
        for connection in (one for idle in pool.idle._idle.values() for one in idle):
            connection.stream.below.shutdown(socket.SHUT_WR)
        second = call_in_mode(chat, REQUEST, mode).text

    assert (["1", "2"], 2) == ([first, second], server.requests)
