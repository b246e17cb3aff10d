"""Some sixty requests, which every provider's encoder and LiteLLM's config of that provider write."""

from collections.abc import Iterator, Mapping

from llm_core import (
    AssistantMessage,
    AudioPart,
    ChatRequest,
    ChatSettings,
    FilePart,
    ImagePart,
    InvalidToolCall,
    JsonOutput,
    JsonSchemaOutput,
    Message,
    NamedTool,
    ProviderData,
    ReasoningPart,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from llm_core.domain.json_values import JsonObject

SCHEMAS: Mapping[str, JsonObject] = {
    "plain": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    "closed": {
        "type": "object",
        "properties": {"place": {"type": "string"}},
        "required": ["place"],
        "additionalProperties": False,
    },
    "empty": {},
    "no properties": {"type": "object", "properties": {}},
    "choices": {
        "type": "object",
        "properties": {"at": {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}},
    },
    "references": {
        "type": "object",
        "properties": {"at": {"$ref": "#/$defs/At"}},
        "$defs": {"At": {"type": "string", "pattern": "^[a-z]+$", "minLength": 1}},
    },
    "meta": {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:a", "type": "object"},
    "map": {"type": "object", "properties": {"by": {"type": "object", "additionalProperties": {"type": "integer"}}}},
    "list": {"type": "object", "properties": {"all": {"type": "array", "items": {"type": "string"}, "minItems": 1}}},
    "constant": {"type": "object", "properties": {"a": {"const": 1}, "b": {"enum": ["x", "y"], "default": "x"}}},
}
SETTINGS = {
    "temperature": ChatSettings(temperature=0.5),
    "temperature 0": ChatSettings(temperature=0),
    "temperature 1": ChatSettings(temperature=1),
    "temperature 2": ChatSettings(temperature=2),
    "top_p": ChatSettings(top_p=0.9),
    "max_tokens": ChatSettings(max_tokens=50),
    "stop": ChatSettings(stop="END"),
    "five stops": ChatSettings(stop=["1", "2", "3", "4", "5"]),
    "seed": ChatSettings(seed=7),
    "penalties": ChatSettings(presence_penalty=0.1, frequency_penalty=-0.2),
    "effort none": ChatSettings(reasoning_effort="none"),
    "effort minimal": ChatSettings(reasoning_effort="minimal"),
    "effort low": ChatSettings(reasoning_effort="low"),
    "effort medium": ChatSettings(reasoning_effort="medium"),
    "effort high": ChatSettings(reasoning_effort="high"),
    "effort xhigh": ChatSettings(reasoning_effort="xhigh"),
    "effort max": ChatSettings(reasoning_effort="max"),
    "extra": ChatSettings(extra={"top_k": 3, "nested": {"a": 1}}),
}
HELLO = UserMessage("Hello")
PNG = ImagePart(data=b"png", media_type="image/png")
LOOK = Tool(name="look", description="Looks.", parameters=SCHEMAS["plain"])
CALL = ToolCall(id="call00001", name="look", arguments={"place": "A"})


def corpus() -> Iterator[tuple[str, ChatRequest]]:
    """Yield the requests, each with a name."""
    yield "text", ChatRequest(messages=[HELLO])
    for name, messages in _histories():
        yield f"messages: {name}", ChatRequest(messages=messages)
    for name, messages in _calls():
        yield f"calls: {name}", ChatRequest(messages=[HELLO, *messages], tools=[LOOK])
    for name, schema in SCHEMAS.items():
        yield f"tool: {name}", ChatRequest(messages=[HELLO], tools=[_tool(schema)])
        yield f"output: {name}", ChatRequest(messages=[HELLO], output=JsonSchemaOutput(name="place", schema=schema))
    for name, settings in SETTINGS.items():
        yield f"settings: {name}", ChatRequest(messages=[HELLO], settings=settings)
    yield from _options()


def _histories() -> Iterator[tuple[str, list[Message]]]:
    yield "system", [SystemMessage("Be brief."), HELLO]
    yield "two systems", [SystemMessage("Be brief."), SystemMessage("Be kind."), HELLO]
    yield "system later", [HELLO, AssistantMessage("Hi."), SystemMessage("Be brief."), HELLO]
    yield "two users", [HELLO, UserMessage("Are you there?")]
    yield "two assistants", [HELLO, AssistantMessage("Hi."), AssistantMessage("There."), HELLO]
    yield "empty assistant", [HELLO, AssistantMessage(""), HELLO]
    yield "odd text", [UserMessage(" \n  \U0001f600 </s> <think>a</think> ")]
    yield "assistant last", [HELLO, AssistantMessage("Hi")]
    yield "parts", [UserMessage([TextPart("One."), TextPart("Two.")])]
    yield "image by url", [UserMessage([TextPart("Look:"), ImagePart(url="https://example.com/a.png")])]
    yield "image", [UserMessage([TextPart("Look:"), PNG])]
    yield "audio", [UserMessage([AudioPart(b"wav", media_type="audio/wav")])]
    yield "file", [UserMessage([FilePart(data=b"pdf", media_type="application/pdf", name="a.pdf")])]
    yield "file by url", [UserMessage([FilePart(url="https://example.com/a.pdf", media_type="application/pdf")])]
    yield "reasoning", [HELLO, AssistantMessage("So.", reasoning=[ReasoningPart("I think.")]), HELLO]
    yield (
        "another model's reasoning",
        [
            HELLO,
            AssistantMessage(
                "So.",
                reasoning=[
                    ReasoningPart(
                        "I think.",
                        signature="c2ln",
                        provider_data=[ProviderData(provider="another", value={"type": "thinking", "thinking": "a"})],
                    )
                ],
            ),
            HELLO,
        ],
    )


def _calls() -> Iterator[tuple[str, list[Message]]]:
    second = ToolCall(id="call00002", name="look", arguments={})
    done = ToolMessage("1", tool_call_id=CALL.id)
    yield "one", [AssistantMessage(tool_calls=[CALL]), done]
    yield "with text", [AssistantMessage("Wait.", tool_calls=[CALL]), done, HELLO]
    yield "two", [AssistantMessage(tool_calls=[CALL, second]), done, ToolMessage("2", tool_call_id=second.id)]
    yield "failed", [AssistantMessage(tool_calls=[CALL]), ToolMessage("no", tool_call_id=CALL.id, is_error=True)]
    yield "empty result", [AssistantMessage(tool_calls=[CALL]), ToolMessage("", tool_call_id=CALL.id)]
    yield "parts", [AssistantMessage(tool_calls=[CALL]), ToolMessage([TextPart("1")], tool_call_id=CALL.id)]
    yield "long id", list(_call_of("toolu/" + 50 * "x"))
    broken = InvalidToolCall(id=CALL.id, name="look", arguments_text='{"place":', problem="cut off")
    yield "broken", [AssistantMessage(invalid_tool_calls=[broken]), done]


def _call_of(id: str) -> Iterator[Message]:
    yield AssistantMessage(tool_calls=[ToolCall(id=id, name="look", arguments={})])
    yield ToolMessage("1", tool_call_id=id)


def _tool(schema: JsonObject) -> Tool:
    return Tool(name="look", description="Looks.", parameters=schema)


def _options() -> Iterator[tuple[str, ChatRequest]]:
    strict = Tool(name="look", description="Looks.", parameters=SCHEMAS["closed"], strict=True)
    one_call = ChatSettings(parallel_tool_calls=False)
    yield "tool: strict", ChatRequest(messages=[HELLO], tools=[strict])
    yield (
        "tool: no description",
        ChatRequest(messages=[HELLO], tools=[Tool(name="look", description="", parameters={})]),
    )
    yield "choice: none", ChatRequest(messages=[HELLO], tools=[LOOK], tool_choice="none")
    yield "choice: required", ChatRequest(messages=[HELLO], tools=[LOOK], tool_choice="required")
    yield "choice: named", ChatRequest(messages=[HELLO], tools=[LOOK], tool_choice=NamedTool("look"))
    yield "choice: one call", ChatRequest(messages=[HELLO], tools=[LOOK], settings=one_call)
    yield "output: json", ChatRequest(messages=[HELLO], output=JsonOutput())
    yield "output: json with tools", ChatRequest(messages=[HELLO], tools=[LOOK], output=JsonOutput())
    loose = JsonSchemaOutput(name="place", schema=SCHEMAS["plain"], strict=False)
    yield "output: not strict", ChatRequest(messages=[HELLO], output=loose)
    yield "output: with tools", ChatRequest(messages=[HELLO], tools=[LOOK], output=loose)
