"""The fake provider of recorded exchanges sends the recorded bytes, in packets of any size."""

import httpx
import pytest

from .exchanges import OWN, Exchange, exchanges_in
from .fake_provider import HEADER, Replay, Splitting, packets_of

OURS = {exchange.id: exchange for exchange in exchanges_in(OWN)}


@pytest.mark.parametrize("splitting", ["whole", "events", "bytes", "random"])
def test_the_packets_join_to_the_body(splitting: Splitting) -> None:
    exchanges = OURS.values()

    bodies = [b"".join(packets_of(exchange, splitting)) for exchange in exchanges]

    assert [exchange.body for exchange in exchanges] == bodies


@pytest.mark.parametrize(
    ("splitting", "count"), [("whole", 1), ("events", 4), ("bytes", len(OURS["own-oll-02"].body)), ("random", 15)]
)
def test_a_body_has_the_number_of_packets_of_its_splitting(splitting: Splitting, count: int) -> None:
    exchange = OURS["own-oll-02"]

    sent = packets_of(exchange, splitting)

    assert count == len(sent)


@pytest.mark.parametrize("exchange", OURS.values(), ids=OURS)
def test_status_headers_and_body_go_over_the_wire_as_recorded(exchange: Exchange) -> None:
    expected = {**exchange.response_headers, "content-type": exchange.content_type}

    with Replay(OURS) as fake_provider:
        answer = httpx.post(f"{fake_provider.url}/any/path", headers={HEADER: f"{exchange.id}/events"})

    assert (exchange.status, exchange.body) == (answer.status_code, answer.content)
    assert expected == {name: value for name, value in answer.headers.items() if name in expected}
