"""Exchanges over a real socket: any bytes for the head, the body or both end in an answer or a ChatError, in time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_core import ChatError, ChatResponse

from .answers import MODELS, bodies, changed_bytes, cut_anywhere
from .fuzz_settings import fuzz
from .sockets import MODES, call, serving

_HEADS = st.sampled_from(
    (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nconnection: close\r\n\r\n",
        b"HTTP/1.1 429 No\r\nretry-after: 1\r\nconnection: close\r\n\r\n",
        b"HTTP/1.1 204 Nothing\r\nconnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n",
    )
)


@st.composite
def answers(draw: st.DrawFn, wire: str, *, stream: bool) -> list[bytes]:
    body = draw(bodies(wire, stream=stream))
    head = draw(_HEADS)
    if b"%" in head:
        head %= max(0, len(body) + draw(st.sampled_from((0, 0, -1, 1))))
    end = b"\r\n0\r\n\r\n" if b"chunked" in head and draw(st.booleans()) else b""
    response = head + body + end
    return draw(cut_anywhere(draw(changed_bytes(response)) if draw(st.booleans()) else response))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # a fake provider whose connection is dropped
@fuzz(0.4)
@given(st.data(), st.sampled_from(sorted(MODELS)))
def test_any_exchange_over_a_socket_ends(mode: str, data: st.DataObject, wire: str) -> None:
    packets = data.draw(answers(wire, stream="stream" in mode))

    with serving(lambda: packets) as url:
        end = call(mode, MODELS[wire], url)

    assert isinstance(end, ChatResponse | ChatError)
