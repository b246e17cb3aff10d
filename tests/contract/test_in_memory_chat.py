"""The fake keeps the contract with default settings: a scenario is turned into a script."""

from llm_core import BadResponseError, ChatRequest
from llm_core.adapters.memory import Cut, InMemoryChat, ScriptItem
from llm_core.domain.events import unfold
from llm_core.testing import (
    Breaks,
    Capabilities,
    ChatPortContract,
    Echoes,
    Replies,
    Scenario,
    promised_error,
    promised_response,
)


class TestInMemoryChat(ChatPortContract):
    capabilities = Capabilities(http=False)

    def arrange(self, scenario: Scenario) -> InMemoryChat:
        def answer(request: ChatRequest) -> ScriptItem:
            self.record(request)
            return _item(scenario, request)

        return InMemoryChat(answer)


def _item(scenario: Scenario, request: ChatRequest) -> ScriptItem:
    match scenario:
        case Replies(text=None, refusal="", calls=()):
            return BadResponseError()
        case Replies():
            return promised_response(scenario)
        case Echoes():
            return InMemoryChat.echo().complete(request)
        case Breaks():
            told = list(unfold(promised_response(scenario.reply), chunk_size=4))[:-1]
            told = told if scenario.how == "unfinished" else told[: scenario.after]
            return Cut(told, error=promised_error(scenario))
        case _:
            return promised_error(scenario)
