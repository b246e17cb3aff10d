"""Tests for the fields that LiteLLM's configs omit or drop, and for masked keys in URLs."""

import json

import pytest
from llm_core.adapters.litellm.encoding import encode, find_endpoint

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatSettings,
    FilePart,
    ImagePart,
    JsonSchemaOutput,
    Message,
    NamedTool,
    OutputFormat,
    ReasoningEffort,
    TextPart,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMessage,
    UserMessage,
)
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.adapters.litellm.prepared_request import prepare_request
from llm_core.domain.errors import BadResponseError, UnsupportedFeatureError
from llm_core.ports.tool_call_assembler import MAX_CALLS, ToolCallAssembler
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.masking import shown_url, url_keys
from llm_core.wires.deltas import ToolCallChunk

HELLO = UserMessage("hi")
SCHEMA = {"type": "object", "properties": {"city": {"type": "string", "x-note": 1}}, "examples": [{}]}
TOOL = Tool(name="get", description="Get.", parameters=SCHEMA)
STRICT = Tool(name="set", description="Set.", parameters=SCHEMA, strict=True)


def body(
    name: str,
    *messages: Message,
    tools: tuple[Tool, ...] = (),
    choice: ToolChoice = "auto",
    settings: ChatSettings | None = None,
    output: OutputFormat | None = None,
    stream: bool = False,
) -> dict[str, object]:
    config = AdapterConfig(model=name, api_key="k", api_base="http://b.test/v1")
    model = find_model_info(name, config.api_base)
    endpoint = find_endpoint(model, config)
    assert endpoint is not None
    request = ChatRequest(
        messages=messages or (HELLO,),
        tools=tools,
        tool_choice=choice,
        output=output,
        settings=settings or ChatSettings(),
    )
    sent = encode(
        prepare_request(request, model, config, direct=True), request.messages, endpoint, config, stream=stream
    )
    fields = json.loads(sent.content)
    assert isinstance(fields, dict)
    return fields


@pytest.mark.parametrize("name", ["openai/x", "anthropic/x", "gemini/x", "cohere_chat/x", "mistral/x"])
def test_extra_settings_are_in_the_body_unchanged(name: str) -> None:
    seen = body(name, settings=ChatSettings(extra={"note": {"a": [1, None]}}))

    assert {"a": [1, None]} == seen["note"]


def test_ollamas_settings_are_in_the_body_and_in_its_options() -> None:
    extra = {"keep_alive": "5m", "num_ctx": 4096}

    seen = body("ollama_chat/x", settings=ChatSettings(extra=extra, max_tokens=9))

    assert ("5m", {"num_predict": 9, "num_ctx": 4096}) == (seen["keep_alive"], seen["options"])


@pytest.mark.parametrize(("think", "effort"), [(False, "none"), ("low", "low"), ("high", "high")])
def test_ollama_receives_the_reasoning_effort(think: object, effort: ReasoningEffort) -> None:
    assert think == body("ollama_chat/x", settings=ChatSettings(reasoning_effort=effort))["think"]


def test_ollama_receives_the_tool_name_and_think_tags_stay_text() -> None:
    call = ToolCall(id="c", name="get", arguments={})
    answer = AssistantMessage("<think>Hm.</think>Hi.", tool_calls=[call])

    seen = body("ollama_chat/x", HELLO, answer, ToolMessage("rain", tool_call_id="c"), AssistantMessage(""), HELLO)

    match seen["messages"]:
        case [_, {"content": text}, {"tool_name": name}, {"content": nothing}, _]:
            assert ("<think>Hm.</think>Hi.", "get", "") == (text, name, nothing)
        case other:
            raise AssertionError(other)


def test_anthropic_receives_the_complete_schema_and_strict_and_file_names() -> None:
    files = UserMessage([FilePart(data=b"%PDF", media_type="application/pdf", name=name) for name in ("a.pdf", None)])

    seen = body("anthropic/claude-sonnet-4-5", files, tools=(TOOL, STRICT))

    match seen:
        case {"tools": [dict(loose), dict(strict)], "messages": [{"content": [dict(named), dict(nameless)]}]}:
            assert [SCHEMA, SCHEMA] == [loose["input_schema"], strict["input_schema"]]
            assert (None, True) == (loose.get("strict"), strict.get("strict"))
            assert ("a.pdf", None) == (named.get("title"), nameless.get("title"))
        case other:
            raise AssertionError(other)


def test_anthropic_receives_the_url_of_a_file_or_its_file_id() -> None:
    urls = ("https://a.test/a.pdf", "file_011")
    files = UserMessage([FilePart(url=url, media_type="application/pdf") for url in urls])

    seen = body("anthropic/claude-sonnet-4-5", files)

    match seen["messages"]:
        case [{"content": [{"source": linked}, {"source": uploaded}]}]:
            assert {"type": "url", "url": "https://a.test/a.pdf"} == linked
            assert {"type": "file", "file_id": "file_011"} == uploaded
        case other:
            raise AssertionError(other)


def test_anthropic_receives_no_empty_text_blocks() -> None:
    gap = UserMessage([TextPart("And"), TextPart(""), TextPart(" now?")])

    seen = body("anthropic/claude-sonnet-4-5", gap)

    match seen["messages"]:
        case [{"content": blocks}]:
            assert [{"type": "text", "text": "And"}, {"type": "text", "text": " now?"}] == blocks
        case other:
            raise AssertionError(other)


def test_gemini_receives_a_schema_that_litellm_would_truncate_as_json_schema() -> None:
    simple = Tool(name="put", description="Put.", parameters={"type": "object", "properties": {}})

    seen = body("gemini/gemini-2.5-flash", tools=(TOOL, simple))

    match seen["tools"]:
        case [{"functionDeclarations": [dict(complete), dict(simplified)]}]:
            assert (SCHEMA, None) == (complete["parametersJsonSchema"], complete.get("parameters"))
            assert ({"type": "object"}, None) == (simplified["parameters"], simplified.get("parametersJsonSchema"))
        case other:
            raise AssertionError(other)


def test_ollama_receives_images_only_in_messages_that_have_them() -> None:
    question = UserMessage([ImagePart(data=b"GIF8", media_type="image/gif")])

    seen = body("ollama_chat/x", HELLO, question)

    match seen["messages"]:
        case [without_images, {"images": images}]:
            assert {"role": "user", "content": "hi"} == without_images
            assert ["R0lGOA=="] == images
        case other:
            raise AssertionError(other)


def test_anthropic_receives_is_error_for_a_failed_tool_result() -> None:
    calls = [ToolCall(id=id, name="get", arguments={}) for id in ("c1", "c2", "c3")]
    image = ImagePart(data=b"\x89PNG", media_type="image/png")
    failed = ToolMessage("no such city", tool_call_id="c1", is_error=True)
    shown = ToolMessage([TextPart("Error: "), image], tool_call_id="c2", is_error=True)
    right = ToolMessage("Error: none", tool_call_id="c3")

    sent = body("anthropic/claude-sonnet-4-5", HELLO, AssistantMessage(tool_calls=calls), failed, shown, right)

    match sent["messages"]:
        case [_, _, {"content": [first, second, third]}]:
            assert (True, "no such city") == (first["is_error"], first["content"])
            assert (True, ["text", "image"]) == (second["is_error"], [block["type"] for block in second["content"]])
            assert (None, "Error: none") == (third.get("is_error"), third["content"])
        case other:
            pytest.fail(f"{other}")


def test_a_tool_that_litellm_adds_stays_unchanged() -> None:
    output = JsonSchemaOutput(name="city", schema=SCHEMA)

    seen = body("anthropic/claude-3-opus-20240229", tools=(TOOL,), output=output)

    match seen["tools"]:  # LiteLLM adds a tool of its own to request JSON from older models
        case [{"name": "get", "input_schema": schema}, {"name": "json_tool_call"}]:
            assert SCHEMA == schema
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize(("expected", "choice"), [("REQUIRED", "required"), ("NONE", "none"), (None, "auto")])
def test_cohere_receives_a_tool_choice_in_its_own_format(expected: str | None, choice: ToolChoice) -> None:
    seen = body("cohere_chat/x", tools=(TOOL, STRICT), choice=choice)

    assert (expected, True) == (seen.get("tool_choice"), seen.get("strict_tools"))


def test_a_named_tool_choice_is_refused_for_cohere() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        body("cohere_chat/x", tools=(TOOL,), choice=NamedTool("get"))

    assert "tool_choice: a tool by its name" == caught.value.feature


def test_mistral_receives_a_named_tool_choice() -> None:
    named = {"type": "function", "function": {"name": "get"}}

    assert named == body("mistral/x", tools=(TOOL,), choice=NamedTool("get"))["tool_choice"]
    assert "tool_choice" not in body("mistral/x", tools=(TOOL,))


def test_a_strict_tool_is_refused_for_fireworks() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        body("fireworks_ai/x", tools=(TOOL, STRICT))

    assert "tools[1].strict" == caught.value.feature
    assert "tools" in body("fireworks_ai/x", tools=(TOOL,))


@pytest.mark.parametrize("provider", ["xai", "hosted_vllm"])
def test_a_tool_schema_is_sent_unchanged(provider: str) -> None:
    match body(f"{provider}/x", tools=(TOOL,)):
        case {"tools": [{"function": {"parameters": schema}}]}:
            assert SCHEMA == schema
        case other:
            raise AssertionError(other)
    assert "tools" not in body(f"{provider}/x")


@pytest.mark.parametrize("stream", [True, False])
def test_the_stream_flag_of_the_body_follows_the_call(*, stream: bool) -> None:
    seen = [body(name, stream=stream).get("stream") for name in ("openai/x", "ollama_chat/x", "gemini/x")]

    assert [stream, stream, None] == seen


@pytest.mark.parametrize(
    ("keys", "url"),
    [
        ([], None),
        ([], "http://a.test/v1"),
        (["secret", "me", "s@cret", "s%40cret"], "http://me:s%40cret@a.test/v1?key=secret"),
        (["a b", "frag"], "http://a.test/?key=a+b#frag"),
        (["http://[half"], "http://[half"),
    ],
)
def test_the_keys_in_a_url_are_found(keys: list[str], url: str | None) -> None:
    seen = list(url_keys(url))

    assert set(keys) <= set(seen)
    assert bool(keys) == any(seen)


@pytest.mark.parametrize(
    ("shown", "url"),
    [
        ("None", None),
        ("'http://a.test/v1'", "http://a.test/v1"),
        ("'http://****@a.test/v1?****#****'", "http://me:secret@a.test/v1?key=secret#frag"),
        ("'****'", "http://[half"),
    ],
)
def test_a_url_is_shown_without_its_keys(shown: str, url: str | None) -> None:
    assert shown == shown_url(url)


def test_more_calls_than_the_limit_are_a_bad_response() -> None:
    assembler = ToolCallAssembler()
    for index in range(MAX_CALLS):
        list(assembler.add(ToolCallChunk(index=index, id=f"c{index}", name="get", arguments="{}")))

    with pytest.raises(BadResponseError) as caught:
        list(assembler.add(ToolCallChunk(index=[MAX_CALLS], name="get")))

    assert f"more than {MAX_CALLS} calls" == caught.value.detail


def test_arguments_that_only_look_complete_are_continued() -> None:
    assembler = ToolCallAssembler()
    chunks = [ToolCallChunk(index=0, name="get", arguments=text) for text in ('{"a": {}', "}")]

    seen = [event for chunk in chunks for event in assembler.add(chunk)] + assembler.finish()

    assert 1 == len({event.index for event in seen})  # type: ignore[union-attr]  # every event of a call has an index
