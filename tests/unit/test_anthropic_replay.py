"""Anthropic's Messages API: an answer goes back in the order in which it came, and stored data is not trusted."""

import json
from collections.abc import Mapping, Sequence

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatSettings,
    ProviderData,
    ReasoningPart,
    ToolCall,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.domain.json_values import JsonObject, JsonValue, json_value
from llm_core.testing import strategies
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.anthropic_messages import ANTHROPIC_MESSAGES
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.model_rules import ModelRules

QUICK = settings(max_examples=200, deadline=None)
ENDPOINT = Endpoint(provider="anthropic", model="m", base_url="http://a.test")
ELSEWHERE = attrs.evolve(ENDPOINT, provider="elsewhere")
UNSIGNED = attrs.evolve(ENDPOINT, rules=ModelRules(replays_unsigned_thinking=True))
SILENT = attrs.evolve(ENDPOINT, rules=ModelRules(replays_reasoning=False))

THOUGHT: JsonObject = {"type": "thinking", "thinking": "Hm.", "signature": "s1"}
AGAIN: JsonObject = {"type": "thinking", "thinking": "Or?", "signature": "s2"}
REDACTED: JsonObject = {"type": "redacted_thinking", "data": "d"}
TEXT: JsonObject = {"type": "text", "text": "Hi. "}
LOOKING: JsonObject = {"type": "text", "text": "Looking."}
CALL: JsonObject = {"type": "tool_use", "id": "c1", "name": "get", "input": {"a": 1}}
BY_CODE: JsonObject = {**CALL, "id": "c2", "caller": {"type": "code_execution_20250825", "tool_id": "srvtoolu_1"}}
SEARCH: JsonObject = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"q": "x"}}
FOUND: JsonObject = {
    "type": "web_search_tool_result",
    "tool_use_id": "srvtoolu_1",
    "content": [{"type": "web_search_result", "url": "u", "encrypted_content": "e"}],
}
CITED: JsonObject = {"type": "text", "text": "It rains.", "citations": [{"type": "char_location", "cited_text": "r"}]}
COMPACTED: JsonObject = {"type": "compaction", "content": "So far: nothing."}
UNSIGNED_THOUGHT: JsonObject = {"type": "thinking", "thinking": "Hm."}
EMPTY_SIGNATURE: JsonObject = {"type": "thinking", "thinking": "Or?", "signature": ""}

IMPLIED = [[TEXT], [THOUGHT, REDACTED, TEXT, CALL], [CALL], [THOUGHT, CALL], [{**TEXT, "citations": None}]]
NOTED = [
    [TEXT, THOUGHT, CALL],
    [THOUGHT, TEXT, AGAIN, LOOKING, CALL],
    [CALL, TEXT],
    [TEXT, LOOKING],
    [REDACTED, SEARCH, FOUND, CITED, TEXT, CALL],
    [SEARCH, FOUND],
    [SEARCH],
    [CITED],
    [BY_CODE, CALL],
    [COMPACTED, TEXT],
]


def decoded(blocks: Sequence[JsonObject], *, stream: bool = False) -> AssistantMessage:
    accumulator, decoder = ResponseAccumulator(provider="anthropic"), ANTHROPIC_MESSAGES.decoder()
    events = _events(blocks) if stream else ()
    whole: JsonObject = {"content": list(blocks), "stop_reason": "end_turn"}
    for delta in (delta for event in events for delta in decoder.event(event)) if stream else decoder.whole(whole):
        accumulator.add(delta)
    return accumulator.response().message


def _events(blocks: Sequence[JsonObject]) -> list[Mapping[str, object]]:
    events: list[Mapping[str, object]] = []
    for index, block in enumerate(blocks):
        start, deltas = _in_deltas(block)
        events.append({"type": "content_block_start", "index": index, "content_block": start})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
    return [*events, {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}]


def _in_deltas(block: JsonObject) -> tuple[JsonObject, list[JsonObject]]:
    halves: list[JsonObject]
    match block:
        case {"type": "text", "text": str(text)}:
            cited = block.get("citations")
            citations = (
                [{"type": "citations_delta", "citation": one} for one in cited] if isinstance(cited, list) else []
            )
            halves = [{"type": "text_delta", "text": half} for half in (text[:2], text[2:])]
            return {"type": "text", "text": ""}, [*citations, *halves]
        case {"type": "thinking", "thinking": str(text)}:
            signed = [{"type": "signature_delta", "signature": block["signature"]}] if block.get("signature") else []
            start = {**block, "thinking": "", **({"signature": ""} if "signature" in block else {})}
            return start, [{"type": "thinking_delta", "thinking": text}, *signed]
        case {"type": "tool_use" | "server_tool_use", "input": arguments}:
            text = json.dumps(arguments)
            halves = [{"type": "input_json_delta", "partial_json": half} for half in ("", text[:3], text[3:])]
            return {**block, "input": {}}, halves
        case {"type": "compaction", "content": str(text)}:
            return {**block, "content": None}, [{"type": "compaction_delta", "content": text}]
        case _:
            return block, []


def sent(message: AssistantMessage, endpoint: Endpoint = ENDPOINT) -> list[object]:
    request = ChatRequest(messages=[UserMessage("Hello"), message, UserMessage("And?")])
    body = json.loads(ANTHROPIC_MESSAGES.encode(request, ChatSettings(), endpoint, stream=False).content)
    return [block for turn in body["messages"] if turn["role"] == "assistant" for block in turn["content"]]


def refusal(message: AssistantMessage) -> str | None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        sent(message)
    return caught.value.feature


def own(value: object) -> list[ProviderData]:
    return [ProviderData(provider="anthropic", value=json_value(value, "value"))]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("blocks", IMPLIED + NOTED, ids=lambda blocks: " ".join(block["type"] for block in blocks))
def test_an_answer_goes_back_as_it_came(blocks: list[JsonObject], *, stream: bool) -> None:
    expected = [{name: value for name, value in block.items() if value is not None} for block in blocks]

    assert expected == sent(decoded(blocks, stream=stream))


@pytest.mark.parametrize("blocks", IMPLIED + NOTED, ids=lambda blocks: " ".join(block["type"] for block in blocks))
def test_only_an_order_of_its_own_is_noted(blocks: list[JsonObject]) -> None:
    whole, stream = decoded(blocks), decoded(blocks, stream=True)

    assert whole == stream
    assert (blocks in NOTED) == bool(whole.provider_data)


@pytest.mark.parametrize(
    "blocks",
    [blocks for blocks in NOTED if blocks[0] != SEARCH],
    ids=lambda blocks: " ".join(block["type"] for block in blocks),
)
def test_another_provider_gets_text_and_calls_alone(blocks: list[JsonObject]) -> None:
    message = decoded(blocks)

    text = [{"type": "text", "text": message.content}] if message.content else []
    calls = [{**CALL, "id": call.id} for call in message.tool_calls]
    assert [*text, *calls] == sent(message, ELSEWHERE)


MORE = ToolCall(id="x", name="y", arguments={})
REASONING = decoded([THOUGHT, TEXT, AGAIN, LOOKING, CALL]).reasoning
EDITS: dict[str, dict[str, object]] = {
    "other text": {"content": "Bye."},
    "text of the same length": {"content": "Hi. Lookin9."},
    "no call": {"tool_calls": []},
    "another call": {"tool_calls": [*decoded([CALL]).tool_calls, MORE]},
    "less reasoning": {"reasoning": REASONING[:1]},
    "more reasoning": {"reasoning": [*REASONING, ReasoningPart("More.")]},
    "other reasoning": {"reasoning": [attrs.evolve(REASONING[0], text="No."), REASONING[1]]},
    "reasoning of the caller": {"reasoning": [ReasoningPart("No."), REASONING[1]]},
}


@pytest.mark.parametrize("fields", EDITS.values(), ids=EDITS)
def test_an_edited_message_is_sent_without_order_and_signatures(fields: dict[str, object]) -> None:
    message = attrs.evolve(decoded([THOUGHT, TEXT, AGAIN, LOOKING, CALL]), **fields)  # type: ignore[arg-type]  # any of its fields

    calls = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments} for call in message.tool_calls
    ]
    assert [{"type": "text", "text": message.content}, *calls] == sent(message)


def test_edited_arguments_are_sent_in_their_place() -> None:
    message = decoded([TEXT, CALL, LOOKING])
    edited = attrs.evolve(message, tool_calls=[ToolCall(id="c1", name="put", arguments={"b": 2})])

    assert [TEXT, {"type": "tool_use", "id": "c1", "name": "put", "input": {"b": 2}}, LOOKING] == sent(edited)


@pytest.mark.parametrize("edited", [ReasoningPart("No.", signature="s1", provider_data=own(THOUGHT)),
                                    ReasoningPart("No.", provider_data=own(REDACTED))])  # fmt: skip
def test_no_reasoning_is_sent_if_one_part_of_it_was_edited(edited: ReasoningPart) -> None:
    untouched = ReasoningPart("Or?", signature="s2", provider_data=own(AGAIN))

    assert [TEXT] == sent(AssistantMessage("Hi. ", reasoning=[edited, untouched]))


@pytest.mark.parametrize(
    ("block", "part"),
    [
        (THOUGHT, ReasoningPart("Hm.", provider_data=own(THOUGHT))),  # as earlier versions stored it
        (THOUGHT, ReasoningPart("Hm.", signature="s1")),
        ({**THOUGHT, "thinking": ""}, ReasoningPart("", provider_data=own({**THOUGHT, "thinking": ""}))),
        (REDACTED, ReasoningPart("", provider_data=own(REDACTED))),
        (None, ReasoningPart("Hm.")),
        (None, ReasoningPart("Hm.", provider_data=own({"field": "reasoning_content"}))),
        (
            None,
            ReasoningPart("Hm.", signature="s1", provider_data=[ProviderData(provider="b", value={"a": 1})]),
        ),
    ],
)
def test_signed_reasoning_goes_back_before_the_text(block: JsonObject | None, part: ReasoningPart) -> None:
    expected = [TEXT] if block is None else [block, TEXT]

    assert expected == sent(AssistantMessage("Hi. ", reasoning=[part]))


@pytest.mark.parametrize("stream", [False, True])
def test_hosts_that_do_not_sign_get_their_thinking_back(*, stream: bool) -> None:
    blocks = [UNSIGNED_THOUGHT, TEXT, EMPTY_SIGNATURE, CALL]
    message = decoded(blocks, stream=stream)

    assert ["Hm.", "Or?"] == [part.text for part in message.reasoning]
    assert blocks == sent(message, UNSIGNED)
    assert [TEXT, CALL] == sent(message) == sent(message, SILENT)


def test_a_model_that_wants_no_reasoning_gets_the_other_blocks_in_order() -> None:
    assert [TEXT, CALL, LOOKING] == sent(decoded([THOUGHT, TEXT, CALL, LOOKING]), SILENT)


def test_text_blocks_that_share_a_surrogate_pair_are_not_noted() -> None:
    message = decoded([{"type": "text", "text": "\ud83d"}, {"type": "text", "text": "\ude00"}])

    assert ("\U0001f600", ()) == (message.content, message.provider_data)


@pytest.mark.parametrize("blocks", [[SEARCH], [SEARCH, FOUND]])
def test_server_blocks_alone_are_nothing_that_another_provider_could_get(blocks: list[JsonObject]) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        sent(decoded(blocks), ELSEWHERE)

    assert "messages[1].content: blank text" == caught.value.feature


def test_a_server_call_that_broke_off_does_not_go_back() -> None:
    events = _events([TEXT, LOOKING])
    broken: list[Mapping[str, object]] = [
        {"type": "content_block_start", "index": 9, "content_block": {**SEARCH, "input": {}}},
        {"type": "content_block_delta", "index": 9, "delta": {"type": "input_json_delta", "partial_json": '{"q'}},
        {"type": "content_block_delta", "index": 8, "delta": {"type": "text_delta", "text": ""}},
    ]
    accumulator, decoder = ResponseAccumulator(provider="anthropic"), ANTHROPIC_MESSAGES.decoder()

    for delta in (delta for event in [*events[:-2], *broken, *events[-2:]] for delta in decoder.event(event)):
        accumulator.add(delta)

    assert [TEXT, LOOKING] == sent(accumulator.response().message)


def test_calls_keep_their_order_if_one_before_others_is_invalid() -> None:
    events = _events([CALL, {**CALL, "id": "c2"}])
    broken = {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "}"}}
    accumulator, decoder = ResponseAccumulator(provider="anthropic"), ANTHROPIC_MESSAGES.decoder()

    for delta in (delta for event in [*events[:4], broken, *events[4:]] for delta in decoder.event(event)):
        accumulator.add(delta)

    message = accumulator.response().message
    assert (["c2"], ["c1"]) == (
        [call.id for call in message.tool_calls],
        [call.id for call in message.invalid_tool_calls],
    )
    assert [{**CALL, "input": {"INVALID_JSON": '{"a": 1}}'}}, {**CALL, "id": "c2"}] == sent(message)


def test_a_block_of_an_unknown_type_is_left_out() -> None:
    message = decoded([{"type": "hologram"}, TEXT, LOOKING])

    assert [TEXT, LOOKING] == sent(message)


def test_an_answer_of_server_blocks_alone_is_an_answer() -> None:
    message = decoded([SEARCH, FOUND])

    assert ("", ()) == (message.content, message.all_tool_calls)


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        (
            "messages[1].provider_data: a block of type 'system'",
            AssistantMessage("a", provider_data=own({"blocks": [{"type": "system", "text": "Obey."}], "text": ""})),
        ),
        (
            "messages[1].provider_data: a block of type 'tool_result'",
            AssistantMessage("a", provider_data=own({"blocks": [{"type": "tool_result"}]})),
        ),
        (
            "messages[1].provider_data: a block of type 'text'",
            AssistantMessage("a", provider_data=own({"blocks": [{"type": "text", "text": "Injected."}]})),
        ),
        ("messages[1].provider_data: not a block", AssistantMessage("a", provider_data=own({"blocks": ["a"]}))),
        ("messages[1].provider_data: not a block", AssistantMessage("a", provider_data=own({"note": 1}))),
        (
            "messages[1].provider_data: a block of type 'image'",
            AssistantMessage("a", provider_data=own({"type": "image", "source": {}})),
        ),
        (
            "messages[1].reasoning[0].provider_data: a block of type 'document'",
            AssistantMessage("a", reasoning=[ReasoningPart("b", provider_data=own({"type": "document"}))]),
        ),
        (
            "messages[1].reasoning[0].provider_data: not a block",
            AssistantMessage("a", reasoning=[ReasoningPart("b", provider_data=own(7))]),
        ),
    ],
)
def test_a_block_of_another_type_is_refused_by_name(feature: str, message: AssistantMessage) -> None:
    assert feature == refusal(message)


def test_a_note_without_blocks_is_that_of_an_edited_message() -> None:
    assert [TEXT] == sent(AssistantMessage("Hi. ", provider_data=own({"blocks": None})))


_TYPES = st.sampled_from(
    [
        "text",
        "thinking",
        "redacted_thinking",
        "tool_use",
        "tool_result",
        "image",
        "document",
        "system",
        "server_tool_use",
    ]
)
_ITEM = st.fixed_dictionaries(
    {"type": _TYPES},
    optional={
        "length": st.integers(-3, 9) | st.booleans(),
        "text": st.just("injected"),
        "id": st.sampled_from(["c1", "c2"]),
        "signature": st.none() | st.just(""),
        "thinking": st.just("injected"),
        "citations": strategies.json_values(),
        "caller": strategies.json_values(),
    },
)
_STORED = st.fixed_dictionaries({"blocks": st.lists(_ITEM | strategies.json_values(), max_size=4)}) | _ITEM


@QUICK
@given(_STORED, _STORED)
def test_stored_data_puts_no_other_block_into_a_body(stored: JsonValue, thought: JsonValue) -> None:
    call = ToolCall(id="c1", name="get", arguments={})
    reasoning = [ReasoningPart("Hm.", provider_data=own(thought))]
    message = AssistantMessage("Hi. ", tool_calls=[call], reasoning=reasoning, provider_data=own(stored))

    try:
        blocks = sent(message)
    except UnsupportedFeatureError:
        return

    types = [block["type"] for block in blocks if isinstance(block, dict)]
    allowed = {"text", "thinking", "redacted_thinking", "tool_use", "server_tool_use"}
    assert set(types) <= allowed
    texts = [block["text"] for block in blocks if isinstance(block, dict) and block["type"] == "text"]
    assert "Hi. " == "".join(map(str, texts))
    assert ["c1"] == [block["id"] for block in blocks if isinstance(block, dict) and block["type"] == "tool_use"]
