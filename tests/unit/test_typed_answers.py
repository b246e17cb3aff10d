"""Typed answers over a fake chat: what is sent, what is read, what goes back, and what is raised."""

import asyncio
import pickle
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import Field

from llm_core import (
    AssistantMessage,
    ChatError,
    ChatRequest,
    ChatResponse,
    FinishReason,
    InvalidToolCall,
    JsonOutput,
    Message,
    NamedTool,
    RateLimitError,
    TextDelta,
    Tool,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat, ScriptItem
from llm_core.domain.json_values import JsonValue
from llm_core.typed import InvalidAnswerError, Method, Partial, Typed, astream_as, complete_as, stream_as
from llm_core.typed.snapshots import Snapshots

REQUEST = ChatRequest(messages=[UserMessage("Where?")])
USAGE = Usage(input_tokens=10, output_tokens=2, cost_usd=Decimal("0.5"))
GOOD = '{"name": "Oslo", "people": 700000}'
BAD = '{"name": "Oslo", "people": "many"}'
LOOK = Tool(name="look", description="Looks.", parameters={"type": "object"})


@dataclass
class City:
    name: str
    people: int


OSLO = City("Oslo", 700_000)


def text_answer(text: str, *, reason: FinishReason = FinishReason.STOP) -> ChatResponse:
    return ChatResponse(message=AssistantMessage(text), finish_reason=reason, usage=USAGE, model="m-1")


def called(*calls: ToolCall | InvalidToolCall, text: str = "") -> ChatResponse:
    valid = [call for call in calls if isinstance(call, ToolCall)]
    invalid = [call for call in calls if isinstance(call, InvalidToolCall)]
    return ChatResponse(message=AssistantMessage(text, tool_calls=valid, invalid_tool_calls=invalid), usage=USAGE)


def answer_call(people: object, id: str = "1", name: str = "final_answer") -> ToolCall:
    return ToolCall(id=id, name=name, arguments={"name": "Oslo", "people": people})


def added(chat: InMemoryChat) -> tuple[Message, ...]:
    """Return what the last request has beyond the first one."""
    return chat.requests[-1].messages[len(chat.requests[0].messages) :]


def test_an_answer_is_a_value_with_its_response_usage_method_and_attempts() -> None:
    with InMemoryChat([text_answer(GOOD)]) as chat:
        typed = complete_as(chat, REQUEST, City)

    assert Typed(value=OSLO, response=text_answer(GOOD), usage=USAGE, method="schema", attempts=1) == typed


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{GOOD}\n```",
        f"Here it is: {GOOD} I hope it helps.",
        f"\n {GOOD}\n",
        '{"name": "Oslo", "people": 7e5}',
        '{"name": "Oslo", "people": 700000, "more": [1]}',
    ],
)
def test_json_is_found_in_what_models_write_around_it(text: str) -> None:
    with InMemoryChat([text]) as chat:
        assert OSLO == complete_as(chat, REQUEST, City, method="prompt").value


@pytest.mark.parametrize("text", ['{"value": [1, 2]}', "[1, 2]"])
def test_a_value_that_is_no_object_is_read_with_and_without_its_wrapper(text: str) -> None:
    with InMemoryChat([text]) as chat:
        assert [1, 2] == complete_as(chat, REQUEST, list[int]).value


@pytest.mark.parametrize(
    ("number", "value"),
    [("0.10", Decimal("0.1")), ("12345678901234567890.123456789", Decimal("12345678901234567890.123456789"))],
)
def test_a_decimal_has_every_digit_that_the_model_wrote(number: str, value: Decimal) -> None:
    with InMemoryChat([f'{{"value": {number}}}']) as chat:
        assert value == complete_as(chat, REQUEST, Decimal).value


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (BAD, [("people", "integer")]),
        ('{"name": 1}', [("name", "string"), ("people", "required")]),
        ("Oslo.", [("", "not JSON")]),
        ("", [("", "not JSON")]),
        ('{"name": "Os', [("", "not JSON")]),
        ('{"name": "a", "people": NaN}', [("", "not JSON: NaN")]),
        ("[" * 100_000 + "]" * 100_000, [("", "not JSON")]),
        ('{"name": "x", "people": ' + "9" * 5000 + "}", [("", "not JSON")]),
        (f"```json\n{BAD}\n```", [("people", "integer")]),
        ('["Oslo"]', [("", "object")]),
    ],
)
def test_an_invalid_answer_is_an_error_with_every_path_and_its_problem(
    text: str, problems: list[tuple[str, str]]
) -> None:
    with InMemoryChat([text_answer(text)]) as chat, pytest.raises(InvalidAnswerError) as caught:
        complete_as(chat, REQUEST, City)

    error = caught.value
    assert [path for path, _ in problems] == [path for path, _ in error.problems]
    assert all(words in found for (_, words), (_, found) in zip(problems, error.problems, strict=True))
    assert (text, text_answer(text), USAGE, "schema", "m-1") == (
        error.text,
        error.response,
        error.usage,
        error.method,
        error.model,
    )
    assert error.__context__ is None


@pytest.mark.parametrize(
    ("type", "text", "path"),
    [
        (list[City], f'{{"value": [{GOOD}, {BAD}]}}', "value[1].people"),
        (City | list[City], f'{{"value": [{BAD}]}}', "value[0].people"),
        (dict[str, City], f'{{"value": [{{"key": "a", "value": {BAD}}}]}}', "value.a.people"),
        (dict[str, int], '{"value": [{"key": "a"}]}', "value"),
        (Annotated[int, Field(ge=0)], '{"value": -1}', "value"),
    ],
)
def test_a_path_leads_through_the_answer(type: Any, text: str, path: str) -> None:  # noqa: ANN401 -- a type
    with InMemoryChat([text]) as chat, pytest.raises(InvalidAnswerError) as caught:
        complete_as(chat, REQUEST, type)

    assert path in [found for found, _ in caught.value.problems]


def test_content_of_the_answer_stands_in_neither_str_nor_repr_nor_args() -> None:
    script = [text_answer('{"name": "Oslo", "people": "planted"}')]
    with InMemoryChat(script) as chat, pytest.raises(InvalidAnswerError) as caught:
        complete_as(chat, REQUEST, City)

    error = caught.value
    assert "the answer is no value of the type (method schema, problems 1, model m-1)" == str(error)
    assert "planted" not in f"{error!s}{error!r}{error.args}"
    assert not error.retryable
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 -- what was just pickled
    assert (error.problems, error.response, error.usage) == (copy.problems, copy.response, copy.usage)


def test_a_text_answer_goes_back_with_its_problems_and_usage_is_summed() -> None:
    with InMemoryChat([text_answer(BAD), text_answer("?"), text_answer(GOOD)]) as chat:
        typed = complete_as(chat, REQUEST, City, repairs=2)

    assert (OSLO, 3, USAGE + USAGE + USAGE) == (typed.value, typed.attempts, typed.usage)
    first, words, second, more = added(chat)
    assert (AssistantMessage(BAD), AssistantMessage("?")) == (first, second)
    assert isinstance(words, UserMessage)
    assert "- people: Input should be a valid integer" in words.text
    assert isinstance(more, UserMessage)
    assert "- answer: not JSON" in more.text
    assert chat.requests[0].output == chat.requests[2].output


def test_a_model_reads_twenty_problems_at_most() -> None:
    bad = ", ".join(['"x"'] * 25)
    with InMemoryChat([f'{{"value": [{bad}]}}', '{"value": []}']) as chat:
        complete_as(chat, REQUEST, list[int], repairs=1)

    words = added(chat)[-1]
    assert isinstance(words, UserMessage)
    assert 20 == words.text.count("- value[")


def test_a_tools_answer_goes_back_with_an_error_result_for_every_call() -> None:
    broken = InvalidToolCall(id="2", name="final_answer", arguments_text="{", problem="cut off")
    script = [called(answer_call("many"), broken, answer_call(1, "3", "look")), called(answer_call(700_000))]
    with InMemoryChat(script) as chat:
        typed = complete_as(chat, REQUEST, City, method="tool", repairs=1)

    assert OSLO == typed.value
    message, *results = added(chat)
    assert script[0].message == message
    assert [("1", True), ("3", True), ("2", True)] == [
        (result.tool_call_id, result.is_error) for result in results if isinstance(result, ToolMessage)
    ]
    assert all(
        "people: Input should be" in str(result.content) for result in results if isinstance(result, ToolMessage)
    )


@pytest.mark.parametrize("response", [text_answer("Hm."), text_answer(BAD)])
def test_a_text_where_a_tool_was_to_be_called_goes_back_in_a_user_message(response: ChatResponse) -> None:
    with InMemoryChat([response, called(answer_call(700_000))]) as chat:
        assert OSLO == complete_as(chat, REQUEST, City, method="tool", repairs=1).value

    assert [AssistantMessage, UserMessage] == [type(message) for message in added(chat)]


def test_a_text_that_holds_the_value_is_taken_where_a_tool_was_to_be_called() -> None:
    with InMemoryChat([GOOD]) as chat:
        assert OSLO == complete_as(chat, REQUEST, City, method="tool").value


def test_an_invalid_call_of_the_answers_tool_is_read_as_the_model_wrote_it() -> None:
    broken = InvalidToolCall(id="2", name="final_answer", arguments_text='Sure: {"name": 1}', problem="prose")
    with InMemoryChat([called(broken)]) as chat, pytest.raises(InvalidAnswerError) as caught:
        complete_as(chat, REQUEST, City, method="tool")

    assert ('Sure: {"name": 1}', [""]) == (caught.value.text, [path for path, _ in caught.value.problems])


def test_calls_where_a_text_was_wanted_are_all_answered() -> None:
    script = [called(answer_call(1, "1", "look"), answer_call(2, "2", "look")), text_answer(GOOD)]
    with InMemoryChat(script) as chat:
        complete_as(chat, REQUEST, City, repairs=1)

    assert [AssistantMessage, ToolMessage, ToolMessage, UserMessage] == [type(message) for message in added(chat)]


@pytest.mark.parametrize("method", ["schema", "tool", "json", "prompt"])
def test_an_answer_that_was_cut_off_is_requested_again_without_its_text(method: Method) -> None:
    good = called(answer_call(700_000)) if method == "tool" else text_answer(GOOD)
    with InMemoryChat([text_answer('{"name": "planted', reason=FinishReason.LENGTH), good]) as chat:
        complete_as(chat, REQUEST, City, method=method, repairs=1)

    (words,) = added(chat)
    assert isinstance(words, UserMessage)
    assert "cut off" in words.text
    assert "planted" not in words.text


def test_an_empty_answer_is_left_out_of_the_history() -> None:
    with InMemoryChat([text_answer(""), text_answer(GOOD)]) as chat:
        complete_as(chat, REQUEST, City, repairs=1)

    assert [UserMessage] == [type(message) for message in added(chat)]


def test_a_paused_answer_goes_back_as_it_is() -> None:
    paused = text_answer("Searching.", reason=FinishReason.PAUSED)
    with InMemoryChat([paused, text_answer(GOOD)]) as chat:
        complete_as(chat, REQUEST, City, repairs=1)

    assert (paused.message,) == added(chat)


def test_a_whole_answer_at_the_limit_of_tokens_counts() -> None:
    with InMemoryChat([text_answer(GOOD, reason=FinishReason.LENGTH)]) as chat:
        assert OSLO == complete_as(chat, REQUEST, City).value


@pytest.mark.parametrize("text", ["I cannot help with that.", GOOD])
def test_a_refusal_is_not_repaired(text: str) -> None:
    script = [text_answer(text, reason=FinishReason.CONTENT_FILTER)]
    with InMemoryChat(script) as chat, pytest.raises(InvalidAnswerError) as caught:
        complete_as(chat, REQUEST, City, repairs=3)

    assert ((("", "the model refused to answer"),), text) == (caught.value.problems, caught.value.response.text)


def test_the_last_error_holds_the_usage_of_all_attempts() -> None:
    with InMemoryChat([text_answer(BAD), text_answer("?")]) as chat, pytest.raises(InvalidAnswerError) as caught:
        complete_as(chat, REQUEST, City, repairs=1)

    assert USAGE + USAGE == caught.value.usage


@pytest.mark.parametrize(
    ("error", "usage"),
    [(RateLimitError(), USAGE), (RateLimitError(usage=USAGE), USAGE + USAGE), (UnsupportedFeatureError(), USAGE)],
)
def test_an_error_of_a_later_call_holds_the_usage_of_earlier_ones(error: ChatError, usage: Usage) -> None:
    with InMemoryChat([text_answer(BAD), error]) as chat, pytest.raises(ChatError) as caught:
        complete_as(chat, REQUEST, City, repairs=1)

    assert (type(error), usage) == (type(caught.value), caught.value.usage)


def test_an_error_of_the_first_call_is_as_the_chat_raised_it() -> None:
    error = RateLimitError(retry_after=2)
    with InMemoryChat([error]) as chat, pytest.raises(RateLimitError) as caught:
        complete_as(chat, REQUEST, City)

    assert (2, None) == (caught.value.retry_after, caught.value.usage)


@pytest.mark.parametrize(
    ("request_", "keywords", "message"),
    [
        (ChatRequest(messages=REQUEST.messages, output=JsonOutput()), {}, r"^request\.output: "),
        (ChatRequest(messages=REQUEST.messages, tools=[LOOK], tool_choice="required"), {}, r"^request\.tool_choice: "),
        (ChatRequest(messages=REQUEST.messages, tools=[LOOK], tool_choice=NamedTool("look")), {}, r"\.tool_choice: "),
        (REQUEST, {"repairs": -1}, "^repairs: "),
        (REQUEST, {"method": "xml"}, "^method: must be one of auto, schema, tool, json, prompt, got 'xml'"),
    ],
)
def test_what_contradicts_the_type_is_refused(request_: ChatRequest, keywords: dict[str, Any], message: str) -> None:
    chat = InMemoryChat([])

    with pytest.raises(ValueError, match=message):
        complete_as(chat, request_, City, **keywords)
    if "repairs" not in keywords:
        for stream in (stream_as, astream_as):
            with pytest.raises(ValueError, match=message):
                stream(chat, request_, City, **keywords)
    assert () == chat.requests


class Unknown:
    pass


@dataclass
class Unresolved:
    field: "Missing"  # type: ignore[name-defined]  # noqa: F821 -- a name that is not there


@pytest.mark.parametrize(
    ("type", "problem"),
    [
        (Unknown, "no JSON Schema for .*Unknown'>; a dataclass, a TypedDict, an attrs class .* have one"),
        (Callable[[int], str], "no JSON Schema for "),
        (list[Unknown], "no JSON Schema for "),
        (5, "no JSON Schema for 5"),
        (Unresolved, "name 'Missing' is not defined; define it in the module of the annotation"),
    ],
)
def test_a_type_without_a_schema_is_a_type_error_that_says_what_to_do(type: Any, problem: str) -> None:  # noqa: ANN401
    with pytest.raises(TypeError, match=rf"^type: {problem}"):
        complete_as(InMemoryChat([]), REQUEST, type)


async def _astreamed(chat: InMemoryChat, method: Method) -> list[Partial | Typed[City]]:
    async with aclosing(astream_as(chat, REQUEST, City, method=method)) as items:
        return [item async for item in items]


def streamed(chat: InMemoryChat, method: Method, *, is_async: bool) -> list[Partial | Typed[City]]:
    if is_async:
        return asyncio.run(_astreamed(chat, method))
    return list(stream_as(chat, REQUEST, City, method=method))


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(("method", "answer"), [("schema", text_answer(GOOD)), ("tool", called(answer_call(700_000)))])
def test_a_stream_has_snapshots_and_ends_with_the_value(method: Method, answer: ChatResponse, is_async: bool) -> None:
    with InMemoryChat([answer], chunk_size=3) as chat:
        *partials, typed = streamed(chat, method, is_async=is_async)

    assert isinstance(typed, Typed)
    assert (OSLO, USAGE, method) == (typed.value, typed.usage, typed.method)
    snapshots = [partial.json for partial in partials if isinstance(partial, Partial)]
    assert len(partials) == len(snapshots)
    assert {} == snapshots[0]
    assert {"name": "Os"} in snapshots
    assert {"name": "Oslo", "people": 700_000} == snapshots[-1]
    assert {None, 700_000} == {snapshot.get("people") for snapshot in snapshots if isinstance(snapshot, dict)}


@pytest.mark.parametrize("is_async", [False, True])
def test_a_stream_moves_on_where_the_adapter_refuses_before_sending(is_async: bool) -> None:
    script: list[ScriptItem] = [UnsupportedFeatureError(feature="output"), called(answer_call(700_000))]
    with InMemoryChat(script) as chat:
        *_, typed = streamed(chat, "auto", is_async=is_async)

    assert isinstance(typed, Typed)
    assert ("tool", 1) == (typed.method, typed.attempts)


@pytest.mark.parametrize("is_async", [False, True])
def test_a_stream_with_an_invalid_answer_ends_with_the_error(is_async: bool) -> None:
    with InMemoryChat([text_answer(BAD)]) as chat, pytest.raises(InvalidAnswerError) as caught:
        streamed(chat, "auto", is_async=is_async)

    assert USAGE == caught.value.usage


@pytest.mark.parametrize("is_async", [False, True])
def test_a_stream_that_breaks_off_raises_what_the_chat_raises(is_async: bool) -> None:
    script = [BrokenStream([TextDelta('{"name": "Oslo", ')], error=RateLimitError(usage=USAGE))]
    with InMemoryChat(script) as chat, pytest.raises(RateLimitError) as caught:
        streamed(chat, "auto", is_async=is_async)

    assert USAGE == caught.value.usage


def test_a_stream_that_is_closed_early_closes_the_chats_stream() -> None:
    with InMemoryChat([GOOD], chunk_size=3) as chat:
        items = stream_as(chat, REQUEST, City)
        next(items)
        items.close()

    assert [] == list(items)


def test_a_snapshot_has_the_form_of_the_value_and_no_unfinished_number() -> None:
    text = (
        '{"value": [{"key": "a", "value": {"item_0": 12.5, "item_1": "b 3"}}, {"key": "c", "value": {"item_0": -1}}]}'
    )
    with InMemoryChat([text], chunk_size=1) as chat:
        items = stream_as(chat, REQUEST, dict[str, tuple[float, str]])
        snapshots: list[Any] = []
        with pytest.raises(InvalidAnswerError):
            snapshots.extend(item.json for item in items if isinstance(item, Partial))

    seen = [list(snapshot.values()) for snapshot in snapshots if isinstance(snapshot, dict)]
    assert len(snapshots) == len(seen)
    assert [[], [[]], [[12.5]], [[12.5, "b"]], [[12.5, "b 3"]]] == [one for one in seen if one != [[12.5, "b "]]][:5]
    assert [[12.5, "b 3"], [-1]] == seen[-1]


def test_snapshots_take_time_in_proportion_to_the_text() -> None:
    parsed: list[int] = []

    def parse(text: str) -> JsonValue:
        parsed.append(len(text))
        return len(text)

    snapshots = Snapshots(parse, None)
    for _ in range(5_000):
        snapshots.read(TextDelta("twenty characters..."))

    assert 10 < len(parsed) < 200
    assert sum(parsed) < 20 * 100_000
