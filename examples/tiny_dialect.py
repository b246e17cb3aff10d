"""The dialect of a made-up wire, with the client that proves it; docs/writing-a-dialect.md explains it."""

import json

import attrs

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatSettings,
    Message,
    SystemMessage,
    UnsupportedFeatureError,
    Usage,
    UserMessage,
)
from llm_core.testing import Breaks, Dialect, Fails, RecordedRequest, Replies, Scenario


class TinyDialect(Dialect):
    """``POST /ask`` with turns of text; a stream has an event for each delta, then one with the end."""

    name = "tiny"

    def parse(self, request: RecordedRequest) -> ChatRequest:
        """Return the request as the provider understands it."""
        if not request.path.endswith("/ask"):
            raise ValueError(f"{request.path} is not served")
        body = json.loads(request.body)
        if not isinstance(body, dict) or not {"model", "turns"} <= body.keys():
            raise ValueError("expected an object with a model and turns")
        body.pop("stream", None)
        return ChatRequest(
            model=body.pop("model"),
            messages=[_message(turn) for turn in body.pop("turns")],
            settings=ChatSettings(
                temperature=body.pop("temperature", None),
                max_tokens=body.pop("max_length", None),
                extra=body,
            ),
        )

    def normalise(self, request: ChatRequest) -> ChatRequest:
        """Return *request* with the parts of each user message joined: a turn has one text."""
        messages = [UserMessage(item.text) if isinstance(item, UserMessage) else item for item in request.messages]
        return attrs.evolve(request, messages=messages, settings=attrs.evolve(request.settings, timeout=None))

    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:  # noqa: ARG002 -- the same in both
        """Return what is never sent: the wire carries text alone, and an error has nothing but a message."""
        match scenario:
            case Replies(text=None):
                return "an answer without text"
            case Replies(calls=calls, reasoning=reasoning) if calls or reasoning:
                return "anything but text"
            case Fails(reason=str(reason)):
                return f"{reason}: an error has nothing but a message"
            case Breaks(failure=failure) if failure != Fails(status=500):
                return "the class of an error within a stream, where it has no status"
            case Fails(retry_after=float()):
                return "when to call again"
            case _:
                return None

    def visible(self, reply: Replies) -> Replies:
        """Return *reply* without the model, and with two token counts."""
        usage = reply.usage and Usage(input_tokens=reply.usage.input_tokens, output_tokens=reply.usage.output_tokens)
        return attrs.evolve(reply, model=None, usage=usage)

    def body(self, reply: Replies) -> bytes:
        """Return an object with the text and the end."""
        return json.dumps({"text": reply.text, **_end(reply)}).encode()

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        """Return an event for each delta of the text, then one with the end."""
        text, size = reply.text or "", reply.chunk_size
        deltas = [{"text": text[start : start + size]} for start in range(0, len(text), size)]
        return tuple(f"data: {json.dumps(event)}\n\n".encode() for event in (*deltas, _end(reply)))

    def error(self, failure: Fails) -> bytes:
        """Return an object with the message."""
        return json.dumps({"problem": failure.message}).encode()


def _message(turn: object) -> Message:
    match turn:
        case {"by": "system", "text": str(text)}:
            return SystemMessage(text)
        case {"by": "user", "text": str(text)}:
            return UserMessage(text)
        case {"by": "model", "text": str(text)}:
            return AssistantMessage(text)
        case _:
            raise ValueError("expected a turn: by system, user or model, with a text")


def _end(reply: Replies) -> dict[str, object]:
    usage = reply.usage and {"in": reply.usage.input_tokens, "out": reply.usage.output_tokens}
    return {"id": reply.id, "end": reply.finish_reason, "tokens": usage}


def write(request: ChatRequest, *, stream: bool) -> RecordedRequest:
    """Write *request* as a client of the wire does."""
    settings = request.settings
    used = {name for name, value in attrs.asdict(settings).items() if value not in (None, (), {})}
    if request.tools or request.output or used - {"max_tokens", "temperature", "timeout", "extra"}:
        raise UnsupportedFeatureError(feature="tools, an output format, or this setting")
    body = {
        "model": request.model,
        "turns": [_turn(message) for message in request.messages],
        "stream": stream,
        "temperature": settings.temperature,
        "max_length": settings.max_tokens,
        **settings.extra,
    }
    sent = {name: value for name, value in body.items() if value is not None}
    return RecordedRequest(method="POST", path="/ask", headers={}, body=json.dumps(sent).encode())


def _turn(message: Message) -> dict[str, str]:
    match message:
        case SystemMessage(text):
            return {"by": "system", "text": text}
        case UserMessage() if len(message.text) == sum(len(getattr(part, "text", "?")) for part in message.parts):
            return {"by": "user", "text": message.text}
        case AssistantMessage(text, tool_calls=()):
            return {"by": "model", "text": text}
        case _:
            raise UnsupportedFeatureError(feature="a message that has more than text")
