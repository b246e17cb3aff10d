"""Clauses about requests that share names, ids and lengths with an earlier one: each has content of its own."""

from collections.abc import Mapping
from contextlib import suppress

import attrs
import pytest

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.messages import AssistantMessage, ChatMessage, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import ImagePart, TextPart
from llm_core.domain.requests import ChatRequest, JsonSchemaOutput
from llm_core.domain.tools import Tool, ToolCall
from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.request_strategies import fits
from llm_core.testing.scenarios import Replies

from .clause import clause
from .modes import EVERY, Mode, call_in_mode
from .request_assertions import RequestAssertions
from .rich_requests import SCHEMA
from .sample_requests import CLOCK, PIXEL, SIMPLE_REQUEST, WEATHER

PARTS = ("tool", "tool description", "output", "system", "user", "call", "result", "image")

_OTHER_SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {"town": {"type": "string"}},
    "required": ["town"],
}


class ReuseClauses(RequestAssertions):
    """What is sent of a request that resembles an earlier one."""

    @clause("request.nothing-is-reused", *EVERY)
    @pytest.mark.parametrize("part", PARTS)
    def test_a_part_of_the_same_name_is_sent_anew(self, mode: Mode, part: str) -> None:
        """Of two requests with the same names, ids and lengths, each is sent with its own content.

        A cache of encoded tools, schemas, messages or media whose key is a name, an id, a position, a length or a media
        type: another call may use it for other content. Use the whole value as the key, or encode it in each call.
        """
        first, second = (_request(part, other=other) for other in (False, True))
        if not fits(first, self.capabilities) or (part == "image" and not self.capabilities.images):
            raise NotExpressibleError(f"the adapter does not claim what is in: {part}")
        chat = self.make_chat(Replies())

        with suppress(UnsupportedFeatureError):  # other clauses check what may be refused
            for request in (first, second, first):
                response = call_in_mode(chat, request, mode)
                self.require_arrival(request, response.ignored_settings)

    @clause("request.no-cookie", *EVERY)
    def test_a_cookie_of_an_answer_is_not_sent_back(self, mode: Mode) -> None:
        """No cookie that came with an answer is sent with a later request.

        The cookie jar of the HTTP client that the calls share: the load balancers of providers set cookies, and sent
        back they connect the calls of different users. Give the client a jar that keeps none.
        """
        self.skip_unless_expressible("a cookie", expressible=self.capabilities.http)
        chat = self.make_chat(Replies())

        for _ in range(2):
            call_in_mode(chat, SIMPLE_REQUEST, mode)

        sent = [request.headers["cookie"] for request in self.recorder.requests if "cookie" in request.headers]
        assert not sent, f"the cookie of an earlier answer was sent: {sent[0]}"


def _request(part: str, *, other: bool) -> ChatRequest:
    """Return a request whose *part* has one of two contents."""
    match part:
        case "tool":
            return attrs.evolve(SIMPLE_REQUEST, tools=[_weather(_OTHER_SCHEMA) if other else WEATHER, CLOCK])
        case "tool description":
            text = "The weather at sea.." if other else WEATHER.description
            return attrs.evolve(SIMPLE_REQUEST, tools=[attrs.evolve(WEATHER, description=text), CLOCK])
        case "output":
            named = JsonSchemaOutput(name=SCHEMA.name, schema={**_OTHER_SCHEMA, "additionalProperties": False})
            return attrs.evolve(SIMPLE_REQUEST, output=named if other else SCHEMA)
        case _:
            tools = (WEATHER,) if part in ("call", "result") else ()
            return ChatRequest(messages=_messages(part, other=other), tools=tools)


def _weather(parameters: Mapping[str, object]) -> Tool:
    return Tool(name=WEATHER.name, description=WEATHER.description, parameters=parameters)


def _messages(part: str, *, other: bool) -> list[ChatMessage]:
    """Return messages whose *part* has one of two contents of the same length."""
    if part == "image":
        data = PIXEL[:-1] + b"!" if other else PIXEL
        return [UserMessage([TextPart("Look: "), ImagePart(data=data, media_type="image/png")])]
    if part in ("system", "user"):
        system, user = (f"Be {'terse' if other and part == name else 'quick'}." for name in ("system", "user"))
        return [SystemMessage(system), UserMessage(user), AssistantMessage("Yes."), UserMessage("And?")]
    city = "Rome" if other and part == "call" else "Oslo"
    result = "snow" if other and part == "result" else "rain"
    call = ToolCall(id="call_a", name=WEATHER.name, arguments={"city": city})
    return [
        UserMessage("And the weather?"),
        AssistantMessage("", tool_calls=[call]),
        ToolMessage(result, tool_call_id=call.id),
        UserMessage("Well?"),
    ]
