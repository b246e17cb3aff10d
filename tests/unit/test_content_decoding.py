"""Tests for compressed bodies, which no request asks for: gzip and deflate are read within the bounds."""

import asyncio
import gzip
import json
import ssl
import tracemalloc
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache

import httpx
import httpx2
import pytest

from llm_core import ChatError, ChatRequest, ChatResponse, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.domain.errors import BadResponseError, QuotaExceededError, RateLimitError, ServerError
from llm_core.testing.clauses.modes import EVERY, Mode
from llm_core.transport.content_decoding import content_decoder
from llm_core.wires.body_buffer import MAX_BODY
from tests.fuzz.sockets import serving

REQUEST = ChatRequest(messages=[UserMessage("hi")])
BODY = json.dumps({"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]}).encode()
EVENTS = b'data: {"choices": [{"delta": {"content": "Hi."}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
QUOTA = json.dumps({"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}).encode()
TLS = ssl.create_default_context()  # each client would make one of its own, which takes 25 ms


async def _aread(response: httpx.Response) -> None:
    await response.aread()


CLIENTS: dict[str, Callable[[], tuple[object, object]]] = {
    "own": lambda: (None, None),
    "httpx": lambda: (httpx.Client(verify=TLS), httpx.AsyncClient(verify=TLS)),
    "httpx2": lambda: (httpx2.Client(verify=TLS), httpx2.AsyncClient(verify=TLS)),
    "httpx, whose hook reads responses": lambda: (
        httpx.Client(verify=TLS, event_hooks={"response": [lambda response: response.read()]}),
        httpx.AsyncClient(verify=TLS, event_hooks={"response": [_aread]}),
    ),
}
WITHOUT_HOOKS = ("own", "httpx", "httpx2")


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def in_members(data: bytes) -> bytes:
    return gzip.compress(data[:20]) + gzip.compress(b"") + gzip.compress(data[20:])


def reply(body: bytes, encoding: str, status: str = "200 OK") -> list[bytes]:
    head = f"HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-encoding: {encoding}\r\nconnection: close\r\n\r\n"
    return [head.encode(), body]


def outcome(mode: Mode, packets: Iterable[bytes], client: str = "own") -> ChatResponse | ChatError:
    """Return the response or the error of a call in *mode*, over a client that is passed in, or our own connections."""
    with serving(lambda: packets) as url:
        try:
            return asyncio.run(_acall(mode, url, client)) if mode.startswith("a") else _call(mode, url, client)
        except ChatError as error:
            return error


def _call(mode: Mode, url: str, name: str) -> ChatResponse:
    client, _ = CLIENTS[name]()
    with DirectChat("openai/x", api_key="k", api_base=url, client=client) as chat:  # type: ignore[arg-type]  # either's
        return chat.complete(REQUEST) if mode == "complete" else chat.stream(REQUEST).until_done()


async def _acall(mode: Mode, url: str, name: str) -> ChatResponse:
    _, client = CLIENTS[name]()
    async with DirectChat("openai/x", api_key="k", api_base=url, async_client=client) as chat:  # type: ignore[arg-type]  # either's
        return await (chat.acomplete(REQUEST) if mode == "acomplete" else chat.astream(REQUEST).until_done())


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("mode", EVERY)
def test_gzip_is_read_in_every_mode_and_through_every_client(mode: Mode, client: str) -> None:
    seen = outcome(mode, reply(gzip.compress(BODY if "complete" in mode else EVENTS), "gzip"), client)

    assert isinstance(seen, ChatResponse)
    assert "Hi." == seen.text


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("mode", EVERY)
def test_the_error_in_a_compressed_body_is_read(mode: Mode, client: str) -> None:
    seen = outcome(mode, reply(gzip.compress(QUOTA), "gzip", "429 Too Many Requests"), client)

    assert QuotaExceededError is type(seen)
    assert "You exceeded your quota" in str(getattr(seen, "detail", None))


@pytest.mark.parametrize("client", WITHOUT_HOOKS)
@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("encoding", ["br", "zstd"])
def test_an_encoding_that_is_not_known_is_refused_by_name(encoding: str, mode: Mode, client: str) -> None:
    seen = outcome(mode, reply(b"\x28\xb5\x2f\xfd" * 200, encoding), client)

    assert BadResponseError is type(seen)
    assert f"a body with content encoding {encoding!r}, which was not requested" == getattr(seen, "detail", None)


@pytest.mark.parametrize("mode", EVERY)
def test_an_error_whose_body_cannot_be_decoded_is_that_of_its_status(mode: Mode) -> None:
    refused = outcome(mode, reply(b"x", "br", "429 Too Many Requests"))
    broken = outcome(mode, reply(gzip.compress(QUOTA)[:-20] + b"x" * 40, "gzip", "500 No"))

    assert (RateLimitError, ServerError) == (type(refused), type(broken))
    assert "a body with content encoding 'br', which was not requested" == getattr(refused, "detail", None)


@lru_cache
def bomb(begin: bytes) -> bytes:
    return gzip.compress(begin + b" " * 2 * MAX_BODY, compresslevel=1)


@pytest.mark.parametrize("client", WITHOUT_HOOKS)
@pytest.mark.parametrize("mode", EVERY)
def test_what_expands_beyond_the_bound_is_not_held(mode: Mode, client: str) -> None:
    begin = b'{"a": "' if "complete" in mode else b'data: {"a": "'
    packets = reply(bomb(begin), "gzip")

    tracemalloc.start(1)
    try:
        seen = outcome(mode, packets, client)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert BadResponseError is type(seen)
    assert f"of more than {MAX_BODY} bytes" in str(getattr(seen, "detail", None))
    assert peak < 3 * MAX_BODY


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("", bytes),
        ("identity", bytes),
        ("gzip", gzip.compress),
        ("GZIP, identity", gzip.compress),
        ("x-gzip", gzip.compress),
        ("gzip", in_members),
        ("gzip", lambda data: gzip.compress(data) + b"\0" * 64),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data) + b"what follows"),
        ("deflate", raw_deflate),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1_000_000])
def test_a_body_is_decoded_however_it_is_split(encoding: str, compress: Callable[[bytes], bytes], size: int) -> None:
    decoder, sent = content_decoder({"content-encoding": encoding}), compress(BODY * 3_000 if size > 7 else BODY)

    packets = [sent[start : start + size] for start in range(0, len(sent), size)]
    pieces = [piece for packet in packets for piece in decoder.feed(packet)]

    assert (BODY * 3_000 if size > 7 else BODY) == b"".join(pieces)


@pytest.mark.parametrize(
    ("encoding", "data", "problem"),
    [
        ("gzip", b"plain text", "a body that is not gzip: Error -3 while decompressing data: incorrect header check"),
        ("gzip, gzip", b"x", "a body with content encoding 'gzip, gzip', which was not requested"),
        ("k" * 1_000, b"x", f"a body with content encoding '{'k' * 200}...', which was not requested"),
    ],
)
def test_a_body_that_cannot_be_decoded_is_a_bad_response(encoding: str, data: bytes, problem: str) -> None:
    decoder = content_decoder({"content-encoding": encoding})

    with pytest.raises(BadResponseError) as caught:
        list(decoder.feed(data))

    assert problem == caught.value.detail
    assert caught.value.__context__ is None
