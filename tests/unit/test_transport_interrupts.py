"""KeyboardInterrupt at each line that a sync call runs in the transport and its libraries."""

from __future__ import annotations

import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.testing import FakeProvider, Recorder, Replies
from llm_core.testing.clauses.modes import Mode, call_in_mode
from tests.soak.interrupts import Interrupts

REQUEST = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=5))
_TRACED = ("llm_core/transport/",)
_SKIPPED = tuple(
    f"/{name}.py" for name in ("masking", "error_mapping", "endpoints", "adapter_config", "urls", "proxies")
)


def lines_of_a_call(chat: DirectChat, mode: Mode) -> int:
    interrupts = Interrupts(-1, _TRACED, _SKIPPED)
    with interrupts.tracing():
        call_in_mode(chat, REQUEST, mode)
    return interrupts.count


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the collector closes what was lost between two lines
@pytest.mark.parametrize("step", [97, pytest.param(7, marks=pytest.mark.slow)])  # of about 700 lines
@pytest.mark.parametrize("connection", ["new", "idle"])
@pytest.mark.parametrize("mode", ["complete", "stream"])
def test_after_an_interrupt_at_any_line_the_connection_is_freed_and_the_next_call_is_answered(
    mode: Mode, connection: str, step: int
) -> None:
    recorder = Recorder()
    problems: list[str] = []
    with FakeProvider(Replies(text="Hello."), recorder=recorder) as fake_provider:

        def new_chat() -> DirectChat:
            chat = DirectChat("openai/x", api_key="k", api_base=f"{fake_provider.url}/v1")
            if connection == "idle":
                call_in_mode(chat, REQUEST, mode)
            return chat

        count = lines_of_a_call(new_chat(), mode)
        for at in range(step // 2 + 1, count + 1, step):
            chat, interrupts = new_chat(), Interrupts(at, _TRACED, _SKIPPED)
            try:
                with interrupts.tracing():
                    call_in_mode(chat, REQUEST, mode)
            except KeyboardInterrupt:
                pass
            else:
                if interrupts.raised_in is not None:
                    problems.append(f"swallowed: {interrupts.raised_in}")
            try:
                text = call_in_mode(chat, REQUEST, mode).text
            except Exception as error:  # noqa: BLE001 -- reported with its line
                text = repr(error)
            if text != "Hello.":
                problems.append(f"the next call, {text}: {interrupts.raised_in}")
            chat.close()
            if not recorder.has_open(0):
                problems.append(f"open: {interrupts.raised_in}")
    assert count > 100
    assert [] == problems
