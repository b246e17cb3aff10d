"""The requests that the clauses send."""

from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import TextPart
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import InvalidToolCall, Tool, ToolCall

# Astral, combining and right-to-left characters; white space and line ends of every type, also at both ends.
HARD_TEXT = "  a \t line\r\n\r\nand 🜁 é́ שלום 你好 \u200b\u00a0\u2028\x85 end \n"
# The same without U+2028 and U+0085, which `str.splitlines` treats as line ends and a wire of lines does not.
HARD_TEXT_WITHOUT_UNICODE_LINE_ENDS = HARD_TEXT.translate({0x2028: None, 0x85: None})

SIMPLE_REQUEST = ChatRequest(messages=[UserMessage("What is the weather?")])
REQUEST_WITH_SHORT_TIMEOUT = ChatRequest(messages=[UserMessage("Take your time.")], settings=ChatSettings(timeout=0.4))

WEATHER = Tool(
    name="get_weather",
    description="The weather in a city.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
CLOCK = Tool(name="get_time", description="The time now.", parameters={"type": "object", "properties": {}})
EXACT = Tool(
    name="get_rain",
    description="Millimetres of rain.",
    parameters={**WEATHER.parameters, "additionalProperties": False},  # strict providers demand it
)
REQUEST_WITH_TOOLS = ChatRequest(messages=[UserMessage("What is the weather?")], tools=[WEATHER, CLOCK])

PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(range(64))  # a PNG by its first bytes

_history: list[Message] = [
    SystemMessage("You are terse.\n"),
    SystemMessage(" You answer in English."),
    UserMessage(HARD_TEXT),
    UserMessage([TextPart("first"), TextPart(" second ")]),
    AssistantMessage(HARD_TEXT),
    UserMessage("And the weather?"),
    AssistantMessage(
        "Looking. ",
        tool_calls=[
            ToolCall(id="call_a", name="get_weather", arguments={"city": "Oslo"}, arguments_text='{"city" :  "Oslo"}'),
            ToolCall(id="call_b", name="get_time", arguments={}),
        ],
    ),
    ToolMessage(" rain\n", tool_call_id="call_a"),
    ToolMessage([TextPart("noon"), TextPart(" sharp")], tool_call_id="call_b"),
    UserMessage("Thanks."),
]
HISTORY = ChatRequest(messages=_history, tools=[WEATHER, CLOCK])
WITHOUT_CALLS = ChatRequest(
    messages=[
        message
        for message in _history
        if not (isinstance(message, ToolMessage) or (isinstance(message, AssistantMessage) and message.tool_calls))
    ]
)

LATER_INSTRUCTION = " Now you answer in French."
_later: list[Message] = [
    SystemMessage("You are terse."),
    UserMessage("Hello."),
    AssistantMessage("Hello."),
    SystemMessage(LATER_INSTRUCTION),
    UserMessage("And now?"),
]
LATER_SYSTEM = ChatRequest(messages=_later)

_empty_result: list[Message] = [
    UserMessage("Note it."),
    AssistantMessage("", tool_calls=[ToolCall(id="call_a", name="get_time", arguments={})]),
    ToolMessage("", tool_call_id="call_a"),
    UserMessage("Well?"),
]
AFTER_EMPTY_RESULT = ChatRequest(messages=_empty_result, tools=[CLOCK])

_invalid: list[Message] = [
    UserMessage("And the weather?"),
    AssistantMessage(
        invalid_tool_calls=[
            InvalidToolCall(id="call_a", name="get_weather", arguments_text='{"city": "Os', problem="cut off")
        ]
    ),
    ToolMessage("the arguments were cut off", tool_call_id="call_a", is_error=True),
    UserMessage("Try again."),
]
AFTER_INVALID_CALL = ChatRequest(messages=_invalid, tools=[WEATHER])
