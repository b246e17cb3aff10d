"""A fake with a description refuses what an adapter for that model refuses."""

import asyncio
from collections.abc import Callable

import pytest

from llm_core import (
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ImagePart,
    JsonOutput,
    JsonSchemaOutput,
    ModelDescription,
    NamedTool,
    SystemMessage,
    TextPart,
    Tool,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.adapters.memory import InMemoryChat
from llm_core.domain.messages import AssistantMessage
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.direct_calls import DirectCalls

USER = [UserMessage("hi")]
TOOL = Tool(name="look", description="", parameters={"type": "object", "properties": {}})
STRICT = Tool(name="strict", description="", parameters={"type": "object", "properties": {}}, strict=True)
SCHEMA = JsonSchemaOutput(name="s", schema={"type": "object", "properties": {}, "additionalProperties": False})
IMAGE = ImagePart(data=b"\x89PNG\r\n\x1a\n", media_type="image/png")
REASONING = ChatSettings(reasoning_effort="low")
REQUESTS = {
    "text": ChatRequest(messages=USER),
    "tools": ChatRequest(messages=USER, tools=[TOOL]),
    "no call": ChatRequest(messages=USER, tools=[TOOL], tool_choice="none"),
    "a call": ChatRequest(messages=USER, tools=[TOOL], tool_choice="required"),
    "this call": ChatRequest(messages=USER, tools=[TOOL], tool_choice=NamedTool("look")),
    "a strict tool": ChatRequest(messages=USER, tools=[TOOL, STRICT]),
    "a call with reasoning": ChatRequest(messages=USER, tools=[TOOL], tool_choice="required", settings=REASONING),
    "json": ChatRequest(messages=USER, output=JsonOutput()),
    "json with tools": ChatRequest(messages=USER, output=JsonOutput(), tools=[TOOL]),
    "schema": ChatRequest(messages=USER, output=SCHEMA),
    "schema with tools": ChatRequest(messages=USER, output=SCHEMA, tools=[TOOL]),
    "an image": ChatRequest(messages=[*USER, UserMessage([TextPart("see"), IMAGE])]),
    "settings": ChatRequest(
        messages=USER, settings=ChatSettings(seed=1, presence_penalty=0.5, parallel_tool_calls=True, timeout=9.0)
    ),
}
NO_TOOL_CHOICES = ModelDescription(tool_choices=[])
Call = Callable[[ChatPort, ChatRequest], ChatResponse]


def _complete(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return chat.complete(request)


def _stream(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    with chat.stream(request) as stream:
        return stream.until_done()


def _acomplete(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return asyncio.run(chat.acomplete(request))


def _astream(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    async def read() -> ChatResponse:
        async with chat.astream(request) as stream:
            return await stream.until_done()

    return asyncio.run(read())


MODES = pytest.mark.parametrize("call", [_complete, _stream, _acomplete, _astream])


@pytest.mark.parametrize(
    ("description", "request_", "feature"),
    [
        (ModelDescription(tools=False), "tools", "tools"),
        (NO_TOOL_CHOICES, "no call", "tool_choice: none"),
        (NO_TOOL_CHOICES, "a call", "tool_choice: required"),
        (NO_TOOL_CHOICES, "this call", "tool_choice: named"),
        (ModelDescription(strict_tools=False), "a strict tool", "tools[1].strict"),
        (
            ModelDescription(forced_tools_with_reasoning=False),
            "a call with reasoning",
            "tool_choice: a tool cannot be forced with reasoning_effort",
        ),
        (ModelDescription(json_output=False), "json", "output: json"),
        (ModelDescription(json_output_with_tools=False), "json with tools", "output: json with tools"),
        (ModelDescription(json_schema_output=False), "schema", "output: schema"),
        (ModelDescription(json_schema_output_with_tools=False), "schema with tools", "output: schema with tools"),
        (ModelDescription(images=False), "an image", "messages[1].content[1]: image data"),
    ],
)
@MODES
def test_a_fake_refuses_what_its_model_does_not_accept(
    call: Call, description: ModelDescription, request_: str, feature: str
) -> None:
    chat = InMemoryChat(["hello"], description=description)

    with pytest.raises(UnsupportedFeatureError) as caught:
        call(chat, REQUESTS[request_])

    assert feature == caught.value.feature
    assert () == chat.requests


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_a_fake_of_an_unknown_model_refuses_nothing(request_: ChatRequest) -> None:
    with InMemoryChat(["hello"], description=ModelDescription()) as chat:
        assert ChatResponse(message=AssistantMessage("hello")) == chat.complete(request_)


def test_a_fake_of_a_model_without_images_accepts_text_in_parts() -> None:
    chat = InMemoryChat(["hello"], description=ModelDescription(images=False))

    assert "hello" == chat.complete(ChatRequest(messages=[SystemMessage("s"), UserMessage([TextPart("hi")])])).text


def test_a_refused_request_takes_no_answer_of_the_script() -> None:
    chat = InMemoryChat(["hello"], description=ModelDescription(tools=False))

    with pytest.raises(UnsupportedFeatureError):
        chat.complete(REQUESTS["tools"])

    assert "hello" == chat.complete(REQUESTS["text"]).text


def test_a_refusal_names_the_provider_and_the_model() -> None:
    chat = InMemoryChat(["hello"], description=ModelDescription(provider="acme", model="small", tools=False))

    with pytest.raises(UnsupportedFeatureError) as caught:
        chat.complete(REQUESTS["tools"])

    assert ("acme", "small") == (caught.value.provider, caught.value.model)


@MODES
def test_a_response_names_the_settings_that_the_model_does_not_accept(call: Call) -> None:
    answer = ChatResponse(message=AssistantMessage("hello"), ignored_settings=["seed", "top_k"])
    chat = InMemoryChat([answer], description=ModelDescription(settings=["presence_penalty"]))

    response = call(chat, REQUESTS["settings"])

    assert ("seed", "top_k", "parallel_tool_calls") == response.ignored_settings


@MODES
def test_a_script_function_does_not_see_the_settings_that_the_model_does_not_accept(call: Call) -> None:
    seen: list[ChatRequest] = []

    def answer(request: ChatRequest) -> str:
        seen.append(request)
        return "hello"

    chat = InMemoryChat(answer, description=ModelDescription(settings=["presence_penalty"]))
    call(chat, REQUESTS["settings"])

    assert [ChatSettings(presence_penalty=0.5, timeout=9.0)] == [request.settings for request in seen]
    assert (REQUESTS["settings"],) == chat.requests


@pytest.mark.parametrize(
    "model",
    [
        "openai/gpt-4o",
        "openai/gpt-3.5-turbo",
        "anthropic/claude-sonnet-4-5",
        "anthropic/claude-3-haiku-20240307",
        "gemini/gemini-2.5-flash",
        "ollama_chat/llama3.2",
        "cohere/command-r-plus",
        "groq/llama-3.1-8b-instant",
        "deepseek/deepseek-chat",
        "deepseek/deepseek-reasoner",
        "perplexity/sonar",
        "mistral/mistral-large-latest",
    ],
)
def test_a_fake_refuses_and_drops_what_the_adapter_of_that_model_does(model: str) -> None:
    calls = DirectCalls(AdapterConfig(model=model, api_key="k"))
    chat = InMemoryChat(lambda _: "hello", description=calls.describe())

    sends_a_tool = "anthropic" in model and calls.describe().json_schema_output is False  # as which a schema is sent
    for name, request in REQUESTS.items():
        if sends_a_tool and request.output == SCHEMA:
            continue
        assert (name, _sent(calls, request)) == (name, _answered(chat, request))


def _sent(calls: DirectCalls, request: ChatRequest) -> tuple[str, ...] | str | None:
    """Return the settings that the adapter does not send, or the feature that it refuses."""
    try:
        attempt = calls.attempt(request)
        attempt.encode(stream=False)
    except UnsupportedFeatureError as error:
        return error.feature
    return attempt.ignored


def _answered(chat: InMemoryChat, request: ChatRequest) -> tuple[str, ...] | str | None:
    try:
        return chat.complete(request).ignored_settings
    except UnsupportedFeatureError as error:
        return error.feature


@pytest.mark.parametrize(("model", "is_refused"), [(None, True), ("m", True), ("acme/m", True), ("other", False)])
def test_a_request_to_another_model_is_not_refused(model: str | None, *, is_refused: bool) -> None:
    chat = InMemoryChat(["hi"], description=ModelDescription(model="m", tools=False))
    request = ChatRequest(messages=USER, tools=[TOOL], model=model)

    try:
        chat.complete(request)
        refused = False
    except UnsupportedFeatureError:
        refused = True

    assert is_refused == refused
