"""`request.replay-order` over HTTP: an adapter that groups what alternates, or drops a signature, breaks it."""

import json
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from llm_core import ChatPort
from llm_core.adapters.direct import DirectChat
from llm_core.testing import ChatPortContract, Scenario

from .broken.rewriting import JsonObject, rewritten

Change = Callable[[JsonObject], JsonObject]
ADAPTERS = {
    "anthropic_messages": ("anthropic/claude-sonnet-4-5", "", "messages", "content"),
    "gemini": ("gemini/gemini-2.5-flash", "/v1beta", "contents", "parts"),
}
CHECK = ChatPortContract.test_an_answer_goes_back_in_the_order_in_which_it_came


class Contract(ChatPortContract):
    """The contract of an adapter for *dialect*, whose requests are changed before they are sent."""

    def __init__(self, dialect: str, change: Change) -> None:
        self.dialect, self.change = dialect, change

    def arrange(self, scenario: Scenario) -> ChatPort:
        model, path, *_ = ADAPTERS[self.dialect]
        url = self.fake_provider(scenario, dialect=self.dialect).url
        api_base = f"{url}{path}"
        return DirectChat(model, api_key=self.planted_key, api_base=api_base, async_client=rewritten(self.change)())


def failure_of(dialect: str, change: Change) -> str | None:
    """Return the message with which the clause fails; None if it passes."""
    contract = Contract(dialect, change)
    contract._closing = ExitStack()
    try:
        with contract.isolated():
            CHECK(contract, "acomplete")
    except AssertionError as failure:
        return str(failure)
    return None


def changing_blocks(dialect: str, change: Callable[[list[JsonObject]], list[JsonObject]]) -> Change:
    """Return a change of the blocks of the assistant message."""
    *_, messages, content = ADAPTERS[dialect]

    def changed(body: JsonObject) -> JsonObject:
        turns = json.loads(json.dumps(body[messages]))
        for turn in turns:
            if turn["role"] in ("assistant", "model"):
                turn[content] = change(turn[content])
        return {**body, messages: turns}

    return changed


def _rank(block: JsonObject) -> int:
    if block.get("type") == "thinking" or block.get("thought"):
        return 0
    return 1 if block.get("text") else 2


def _grouped(blocks: list[JsonObject]) -> list[JsonObject]:
    return sorted(blocks, key=_rank)


def _without_the_second_signature(blocks: list[JsonObject]) -> list[JsonObject]:
    signed = [block for block in blocks if "signature" in block or "thoughtSignature" in block]
    for block in signed[1:2]:
        block.pop("signature", None)
        block.pop("thoughtSignature", None)
    return blocks


@pytest.mark.parametrize("dialect", ADAPTERS)
def test_an_answer_that_goes_back_as_it_came_passes(dialect: str) -> None:
    assert failure_of(dialect, changing_blocks(dialect, list)) is None


@pytest.mark.parametrize("dialect", ADAPTERS)
def test_reasoning_before_text_before_calls_fails(dialect: str) -> None:
    failure = failure_of(dialect, changing_blocks(dialect, _grouped)) or ""

    assert failure.startswith("the answer did not go back as it came:")
    assert "missing" not in failure


@pytest.mark.parametrize("dialect", ADAPTERS)
def test_a_signature_that_is_dropped_fails(dialect: str) -> None:
    failure = failure_of(dialect, changing_blocks(dialect, _without_the_second_signature)) or ""

    assert "missing: 'c2lnbmVkIHR3bw=='" in failure
