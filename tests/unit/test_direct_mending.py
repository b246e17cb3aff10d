"""What LiteLLM's configs leave out or lose is put into the body; and addresses that hold keys show none."""

import json

import pytest

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
from llm_core.adapters.litellm.config import AdapterConfig
from llm_core.adapters.litellm.encoding import encode, find_endpoint
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.adapters.litellm.prepared_request import prepare_request
from llm_core.domain.errors import BadResponseError, UnsupportedFeatureError
from llm_core.ports.tool_call_assembler import MAX_CALLS, ToolCallAssembler
from llm_core.transport.masking import shown_url, url_keys
from llm_core.wires.deltas import ToolCallChunk

HI = UserMessage("hi")
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
    options = AdapterConfig(model=name, api_key="k", api_base="http://b.test/v1")
    model = find_model_info(name, options.api_base)
    target = find_endpoint(model, options)
    assert target is not None
    request = ChatRequest(
        messages=messages or (HI,),
        tools=tools,
        tool_choice=choice,
        output=output,
        settings=settings or ChatSettings(),
    )
    sent = encode(
        prepare_request(request, model, options, direct=True), request.messages, target, options, stream=stream
    )
    told = json.loads(sent.content)
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("name", ["openai/x", "anthropic/x", "gemini/x", "cohere_chat/x", "mistral/x"])
def test_what_only_the_provider_knows_stands_in_the_body_as_it_is(name: str) -> None:
    told = body(name, settings=ChatSettings(extra={"note": {"a": [1, None]}}))

    assert {"a": [1, None]} == told["note"]


def test_ollama_has_its_settings_in_two_places() -> None:
    extra = {"keep_alive": "5m", "num_ctx": 4096}

    told = body("ollama_chat/x", settings=ChatSettings(extra=extra, max_tokens=9))

    assert ("5m", {"num_predict": 9, "num_ctx": 4096}) == (told["keep_alive"], told["options"])


@pytest.mark.parametrize(("think", "effort"), [(False, "none"), ("low", "low"), ("high", "high")])
def test_ollama_is_told_how_hard_to_think(think: object, effort: ReasoningEffort) -> None:
    assert think == body("ollama_chat/x", settings=ChatSettings(reasoning_effort=effort))["think"]


def test_ollama_is_told_whose_result_it_is_and_words_between_tags_are_words() -> None:
    call = ToolCall(id="c", name="get", arguments={})
    said = AssistantMessage("<think>Hm.</think>Hi.", tool_calls=[call])

    told = body("ollama_chat/x", HI, said, ToolMessage("rain", tool_call_id="c"), AssistantMessage(""), HI)

    match told["messages"]:
        case [_, {"content": words}, {"tool_name": name}, {"content": nothing}, _]:
            assert ("<think>Hm.</think>Hi.", "get", "") == (words, name, nothing)
        case other:
            raise AssertionError(other)


def test_anthropic_is_sent_the_whole_schema_strictness_and_the_names_of_files() -> None:
    files = UserMessage([FilePart(data=b"%PDF", media_type="application/pdf", name=name) for name in ("a.pdf", None)])

    told = body("anthropic/claude-sonnet-4-5", files, tools=(TOOL, STRICT))

    match told:
        case {"tools": [dict(loose), dict(strict)], "messages": [{"content": [dict(named), dict(nameless)]}]}:
            assert [SCHEMA, SCHEMA] == [loose["input_schema"], strict["input_schema"]]
            assert (None, True) == (loose.get("strict"), strict.get("strict"))
            assert ("a.pdf", None) == (named.get("title"), nameless.get("title"))
        case other:
            raise AssertionError(other)


def test_anthropic_is_sent_the_address_of_a_file_and_the_id_of_one_that_it_has() -> None:
    urls = ("https://a.test/a.pdf", "file_011")
    files = UserMessage([FilePart(url=url, media_type="application/pdf") for url in urls])

    told = body("anthropic/claude-sonnet-4-5", files)

    match told["messages"]:
        case [{"content": [{"source": linked}, {"source": uploaded}]}]:
            assert {"type": "url", "url": "https://a.test/a.pdf"} == linked
            assert {"type": "file", "file_id": "file_011"} == uploaded
        case other:
            raise AssertionError(other)


def test_anthropic_is_told_no_words_that_nobody_said() -> None:
    gap = UserMessage([TextPart("And"), TextPart(""), TextPart(" now?")])

    told = body("anthropic/claude-sonnet-4-5", gap)

    match told["messages"]:
        case [{"content": blocks}]:
            assert [{"type": "text", "text": "And"}, {"type": "text", "text": " now?"}] == blocks
        case other:
            raise AssertionError(other)


def test_gemini_is_sent_the_whole_schema_where_litellm_would_lose_of_it() -> None:
    simple = Tool(name="put", description="Put.", parameters={"type": "object", "properties": {}})

    told = body("gemini/gemini-2.5-flash", tools=(TOOL, simple))

    match told["tools"]:
        case [{"functionDeclarations": [dict(whole), dict(as_it_was)]}]:
            assert (SCHEMA, None) == (whole["parametersJsonSchema"], whole.get("parameters"))
            assert ({"type": "object"}, None) == (as_it_was["parameters"], as_it_was.get("parametersJsonSchema"))
        case other:
            raise AssertionError(other)


def test_ollama_is_shown_no_pictures_where_there_are_none() -> None:
    seen = UserMessage([ImagePart(data=b"GIF8", media_type="image/gif")])

    told = body("ollama_chat/x", HI, seen)

    match told["messages"]:
        case [blind, {"images": pictures}]:
            assert {"role": "user", "content": "hi"} == blind
            assert ["R0lGOA=="] == pictures
        case other:
            raise AssertionError(other)


def test_anthropic_is_told_of_a_failed_result_by_its_flag() -> None:
    calls = [ToolCall(id=id, name="get", arguments={}) for id in ("c1", "c2", "c3")]
    picture = ImagePart(data=b"\x89PNG", media_type="image/png")
    failed = ToolMessage("no such city", tool_call_id="c1", is_error=True)
    shown = ToolMessage([TextPart("Error: "), picture], tool_call_id="c2", is_error=True)
    right = ToolMessage("Error: none", tool_call_id="c3")

    sent = body("anthropic/claude-sonnet-4-5", HI, AssistantMessage(tool_calls=calls), failed, shown, right)

    match sent["messages"]:
        case [_, _, {"content": [first, second, third]}]:
            assert (True, "no such city") == (first["is_error"], first["content"])
            assert (True, ["text", "image"]) == (second["is_error"], [block["type"] for block in second["content"]])
            assert (None, "Error: none") == (third.get("is_error"), third["content"])
        case other:
            pytest.fail(f"{other}")


def test_a_tool_that_nobody_told_stays_as_it_is() -> None:
    output = JsonSchemaOutput(name="city", schema=SCHEMA)

    told = body("anthropic/claude-3-opus-20240229", tools=(TOOL,), output=output)

    match told["tools"]:  # LiteLLM asks older models for JSON by a tool of its own
        case [{"name": "get", "input_schema": schema}, {"name": "json_tool_call"}]:
            assert SCHEMA == schema
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize(("said", "choice"), [("REQUIRED", "required"), ("NONE", "none"), (None, "auto")])
def test_cohere_has_words_of_its_own_for_a_choice(said: str | None, choice: ToolChoice) -> None:
    told = body("cohere_chat/x", tools=(TOOL, STRICT), choice=choice)

    assert (said, True) == (told.get("tool_choice"), told.get("strict_tools"))


def test_cohere_calls_no_tool_by_its_name() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        body("cohere_chat/x", tools=(TOOL,), choice=NamedTool("get"))

    assert "tool_choice: a tool by its name" == caught.value.feature


def test_mistral_is_told_the_name_of_a_tool() -> None:
    named = {"type": "function", "function": {"name": "get"}}

    assert named == body("mistral/x", tools=(TOOL,), choice=NamedTool("get"))["tool_choice"]
    assert "tool_choice" not in body("mistral/x", tools=(TOOL,))


def test_fireworks_is_not_strict() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        body("fireworks_ai/x", tools=(TOOL, STRICT))

    assert "tools[1].strict" == caught.value.feature
    assert "tools" in body("fireworks_ai/x", tools=(TOOL,))


@pytest.mark.parametrize("provider", ["xai", "hosted_vllm"])
def test_a_schema_is_sent_as_it_is(provider: str) -> None:
    match body(f"{provider}/x", tools=(TOOL,)):
        case {"tools": [{"function": {"parameters": schema}}]}:
            assert SCHEMA == schema
        case other:
            raise AssertionError(other)
    assert "tools" not in body(f"{provider}/x")


@pytest.mark.parametrize("stream", [True, False])
def test_a_stream_is_asked_for_where_it_is_wanted(*, stream: bool) -> None:
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
def test_the_keys_in_an_address_are_known(keys: list[str], url: str | None) -> None:
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
def test_an_address_shows_itself_without_its_keys(shown: str, url: str | None) -> None:
    assert shown == shown_url(url)


def test_calls_without_end_are_a_bad_response() -> None:
    assembly = ToolCallAssembler()
    for index in range(MAX_CALLS):
        list(assembly.add(ToolCallChunk(index=index, id=f"c{index}", name="get", arguments="{}")))

    with pytest.raises(BadResponseError) as caught:
        list(assembly.add(ToolCallChunk(index=[MAX_CALLS], name="get")))

    assert f"more than {MAX_CALLS} calls" == caught.value.detail


def test_arguments_that_only_look_complete_go_on() -> None:
    assembly = ToolCallAssembler()
    pieces = [ToolCallChunk(index=0, name="get", arguments=text) for text in ('{"a": {}', "}")]

    told = [event for piece in pieces for event in assembly.add(piece)] + assembly.finish()

    assert 1 == len({event.index for event in told})  # type: ignore[union-attr]  # calls have one
