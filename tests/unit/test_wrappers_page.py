"""The code of docs/wrappers.md runs, and the page has a section for each wrapper."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ModelDescription,
    RateLimitError,
    ServerError,
    Usage,
    UserMessage,
    wrappers,
)
from llm_core.adapters.memory import InMemoryChat
from llm_core.wrappers import Wrapper

from .verbs import complete

PAGE = (Path(__file__).parents[2] / "docs" / "wrappers.md").read_text(encoding="utf-8")
CODE = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
PRICED = ModelDescription(input_usd_per_token=Decimal(1), output_usd_per_token=Decimal(1))


def test_each_wrapper_has_a_section() -> None:
    public = {name: getattr(wrappers, name) for name in wrappers.__all__}
    names = {name for name, value in public.items() if isinstance(value, type) and issubclass(value, Wrapper)}

    assert names - {"Wrapper"} <= set(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE))


@pytest.fixture(scope="module")
def names() -> dict[str, object]:
    """Return the global names after all code of the page has run."""
    names: dict[str, object] = {"ChatPort": ChatPort}
    exec("\n".join(CODE), names)  # noqa: S102 -- the page is part of this project
    return names


def _of(names: dict[str, object], name: str) -> Callable[..., ChatPort]:
    function = names[name]
    assert callable(function)
    made: Callable[..., ChatPort] = function
    return made


def test_the_stack_of_the_page_answers(names: dict[str, object]) -> None:
    stack = _of(names, "in_production")
    failing = InMemoryChat(lambda _: ServerError(retry_after=0), description=PRICED)
    chat = stack(failing, InMemoryChat(["hello"], description=PRICED))

    assert "hello" == complete(chat).text
    assert 3 == len(failing.requests)


def test_the_log_records_have_the_form_that_the_page_shows(
    names: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    usage = Usage(input_tokens=412, output_tokens=58, cost_usd=Decimal("0.000219"))
    answer = ChatResponse(message=AssistantMessage("Hello."), model="gpt-5-mini", usage=usage)
    caplog.set_level("INFO", logger="llm_core.wrappers.logged")

    complete(_of(names, "logged")(InMemoryChat([answer])))
    with pytest.raises(RateLimitError):
        complete(_of(names, "logged")(InMemoryChat(lambda _: RateLimitError(retry_after=0, model="gpt-5-mini"))))

    shown = re.findall(r"^    ((?:INFO|WARNING):.*)$", PAGE, re.MULTILINE)
    written = [f"{record.levelname}:{record.name}:{record.message}" for record in caplog.records]
    seconds = re.compile(r"[\d.]+ seconds")
    assert [seconds.sub("", line) for line in shown] == [seconds.sub("", line) for line in written]


def test_an_equal_request_is_answered_from_the_store_of_the_page(
    names: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    beneath = InMemoryChat(["It rains."], description=ModelDescription(provider="elsewhere", model="m"))

    with beneath:
        chat = _of(names, "cached_for_a_day")(beneath)
        assert ["It rains."] * 2 == [complete(chat).text for _ in range(2)]

    assert (tmp_path / "answers.db").is_file()


def test_a_line_of_a_tape_is_as_the_page_shows_it(tmp_path: Path) -> None:
    [shown] = re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    tape = tmp_path / "tape.jsonl"

    recorded = wrappers.Recorded(InMemoryChat(["Hello."]), tape, mode="record", namespace="")
    with recorded.stream(ChatRequest(messages=[UserMessage("Hi")])) as events:
        events.until_done()

    [line] = tape.read_text(encoding="utf-8").splitlines()
    assert _without_times(shown) == _without_times(line)


def _without_times(exchange: str) -> dict[str, object]:
    return {name: "a time" if name.endswith("seconds") else value for name, value in json.loads(exchange).items()}
