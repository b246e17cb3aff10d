"""InMemoryChat passes the contract in one mode and, slow, in all: each scenario becomes its script."""

import attrs
import pytest

from llm_core import ChatRequest, ModelDescription
from llm_core.adapters.memory import BrokenStream, InMemoryChat, ScriptItem
from llm_core.domain.response_builder import events_from_response
from llm_core.testing import (
    RARE_SETTINGS,
    SETTINGS,
    Breaks,
    Capabilities,
    ChatPortContract,
    Echoes,
    Replies,
    Scenario,
    expected_error,
    expected_response,
)


class InMemoryContract(ChatPortContract):
    capabilities = Capabilities(http=False, settings=SETTINGS | RARE_SETTINGS, server_tools=True, rare_fields=True)
    description = ModelDescription()

    def arrange(self, scenario: Scenario) -> InMemoryChat:
        def answer(request: ChatRequest) -> ScriptItem:
            self.record(request)
            return _item(scenario, request)

        chunk_size = scenario.chunk_size if isinstance(scenario, Replies) else 8
        return InMemoryChat(answer, chunk_size=max(8, chunk_size), description=self.description)


class TestInMemoryChat(InMemoryContract):
    quick = True


@pytest.mark.slow
class TestInMemoryChatInAllModes(InMemoryContract): ...


@pytest.mark.slow
class TestFakeOfASmallModel(InMemoryContract):
    """The fake refuses, or names, what the model that it describes does not accept."""

    capabilities = attrs.evolve(
        InMemoryContract.capabilities,
        tools=False,
        json_output=False,
        json_schema_output=False,
        images=False,
        settings=frozenset({"temperature", "stop", "max_tokens", "extra"}),
    )
    description = ModelDescription(
        tools=False,
        json_output=False,
        json_schema_output=False,
        images=False,
        settings=["temperature", "stop", "max_tokens"],
    )


def _item(scenario: Scenario, request: ChatRequest) -> ScriptItem:
    match scenario:
        case Replies():
            return expected_response(scenario)
        case Echoes():
            return InMemoryChat.echo().complete(request)
        case Breaks():
            deltas = list(events_from_response(expected_response(scenario.reply), chunk_size=4))[:-1]
            sent = deltas if scenario.how in ("unfinished", "failed_finish") else deltas[: scenario.after]
            return BrokenStream(sent, error=expected_error(scenario))
        case _:
            return expected_error(scenario)
