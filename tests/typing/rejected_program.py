"""A program full of mistakes: mypy reports the error codes in the comments, pyright an error on the same lines."""

from typing import assert_never

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ImagePart,
    ManagedChatPort,
    Message,
    RateLimitError,
    StreamEvent,
    SystemMessage,
    TextDelta,
    TextPart,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
    from_async,
    from_sync,
)
from llm_core.adapters.memory import BrokenStream, Delayed, InMemoryChat
from llm_core.typed import Toolbox, tool

USER = UserMessage("hi")
CALL = ToolCall(id="c", name="f", arguments={"a": 1})

ChatRequest(messages=["hi"])  # expect: list-item
ChatRequest([USER])  # expect: call-arg
ChatRequest(messages=[USER], tool_choice="always")  # expect: arg-type
ChatRequest(messages=[USER], tool=[])  # expect: call-arg
ChatSettings(reasoning_effort="extreme")  # expect: arg-type
ChatSettings(temperature="hot")  # expect: arg-type
ImagePart(b"bytes")  # expect: call-arg
TextPart("a", "b")  # expect: call-arg
ToolMessage("done")  # expect: call-arg
ToolMessage([USER], tool_call_id="c")  # expect: list-item
AssistantMessage("a", [CALL])  # expect: call-arg
ToolCall(id="c", name="f", arguments="{}")  # expect: arg-type
Usage(cost_usd=0.5)  # expect: arg-type
RateLimitError("slow down")  # expect: call-arg
InMemoryChat([42])  # expect: list-item
Delayed(Delayed("a", 1), 1)  # expect: arg-type
Delayed("a", 1, 0.5)  # expect: call-arg
BrokenStream([TextDelta("a")], error=ValueError())  # expect: arg-type
SystemMessage([TextPart("a")])  # expect: arg-type
ChatResponse(message=AssistantMessage(), finish_reason="stop")  # expect: arg-type

USER.content = "other"  # expect: misc
CALL.arguments["a"] = 2  # expect: index
text: str = CALL.arguments["a"]  # expect: assignment
Usage() + 1  # expect: operator


class CompleteOnly:
    def complete(self, request: ChatRequest, /) -> ChatResponse:
        raise NotImplementedError(request)


def ports(chat: ChatPort, partial: CompleteOnly) -> ManagedChatPort:
    port: ChatPort = partial  # expect: assignment
    from_sync(partial)  # expect: arg-type
    from_async(partial)  # expect: arg-type
    port.close()  # expect: attr-defined
    return chat  # expect: return-value


async def methods(chat: ChatPort, request: ChatRequest) -> None:
    str(chat.acomplete(request).text)  # expect: attr-defined
    await chat.complete(request)  # expect: misc
    str(chat.stream(request).text)  # expect: attr-defined
    chat.complete(request=request)  # expect: call-arg
    for _ in chat.astream(request):  # expect: attr-defined
        pass
    with chat.astream(request):  # expect: attr-defined, attr-defined
        pass
    str(chat.complete(request).usage.input_tokens)  # expect: union-attr
    chat.stream(request).response.text + 1  # expect: operator


def incomplete_match(message: Message) -> str:
    match message:
        case SystemMessage() | UserMessage() | AssistantMessage():
            return "no tool message"
        case _:
            assert_never(message)  # expect: arg-type


def incomplete_return(event: StreamEvent) -> str:  # expect: return
    match event:
        case TextDelta(text):
            return text


@tool
def search(query: str, limit: int = 3) -> str:
    return query * limit


class Shop:
    @tool
    def buy(self, item: str) -> float:
        return float(item)


search(1)  # expect: arg-type
search()  # expect: call-arg
search("a", limit="b")  # expect: arg-type
search("a") + 1  # expect: operator
Shop().buy(1)  # expect: arg-type
Shop().buy("a", "b")  # expect: call-arg
tool(3)  # expect: arg-type
Toolbox([3])  # expect: list-item
Toolbox([search], timeout="soon")  # expect: arg-type
