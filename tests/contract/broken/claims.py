"""Broken in what it claims: an ability that is not claimed must be refused, and nothing sent."""

from collections.abc import Callable

import attrs

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ImagePart,
    Message,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.testing import SETTINGS, Capabilities

from .mutating import Bent, in_memory

NO_TOOLS = Capabilities(http=False, tools=False)
NO_CHOICE = Capabilities(http=False, tool_choice=False)
NO_JSON = Capabilities(http=False, json_output=False, json_schema_output=False)
NO_PICTURES = Capabilities(http=False, images=False)
NO_SEED = Capabilities(http=False, settings=SETTINGS - {"seed"})


def refusing(claims: Capabilities) -> Callable[[ChatPort], ChatPort]:
    """Make a chat honest about its *claims*: whatever is not among them is refused before anything is sent."""

    def refuse(request: ChatRequest) -> ChatRequest:
        parts = [part for one in request.messages if isinstance(one, UserMessage) for part in one.parts]
        pictures = any(isinstance(part, ImagePart) for part in parts)
        if (
            (not claims.tools and (request.tools or any(map(_is_of_a_tool, request.messages))))
            or (request.tool_choice != "auto" and not claims.tool_choice)
            or (request.output and not claims.json_output)
            or (pictures and not claims.images)
            or (request.settings.seed is not None and "seed" not in claims.settings)
        ):
            raise UnsupportedFeatureError
        return request

    return lambda chat: Bent(chat, asks=refuse)


@in_memory("request.tools", shows="DID NOT RAISE UnsupportedFeatureError", claims=NO_TOOLS)
def drops_tools_that_it_does_not_claim(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, tools=[], tool_choice="auto"))


def _is_of_a_tool(message: Message) -> bool:
    return isinstance(message, ToolMessage) or bool(isinstance(message, AssistantMessage) and message.all_tool_calls)


@in_memory("request.calls-told-or-refused", shows="ToolCall(id='call_a'", claims=NO_TOOLS)
def forgets_the_calls_that_it_cannot_tell_of(chat: ChatPort) -> ChatPort:
    def forget(request: ChatRequest) -> ChatRequest:
        kept = [one for one in request.messages if not _is_of_a_tool(one)]
        return attrs.evolve(request, messages=kept, tools=[], tool_choice="auto")

    return Bent(chat, asks=forget)


@in_memory("request.calls-told-or-refused", shows="0 == 1", claims=NO_TOOLS)
def refuses_earlier_calls_after_it_has_asked(chat: ChatPort) -> ChatPort:
    def refuse(_: ChatResponse) -> ChatResponse:
        raise UnsupportedFeatureError

    return Bent(chat, answers=refuse)


@in_memory("request.tools", shows="0 == 1", claims=NO_TOOLS)
def refuses_tools_after_it_has_asked(chat: ChatPort) -> ChatPort:
    def refuse(_: ChatResponse) -> ChatResponse:
        raise UnsupportedFeatureError

    return Bent(chat, answers=refuse)


@in_memory("request.tool-choice", shows="DID NOT RAISE UnsupportedFeatureError", claims=NO_CHOICE)
def drops_a_choice_that_it_does_not_claim(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, tool_choice="auto"))


@in_memory("request.output", shows="DID NOT RAISE UnsupportedFeatureError", claims=NO_JSON)
def drops_a_format_that_it_does_not_claim(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, output=None))


@in_memory("request.media", shows="DID NOT RAISE UnsupportedFeatureError", claims=NO_PICTURES, medium="image-bytes")
def drops_pictures_that_it_does_not_claim(chat: ChatPort) -> ChatPort:
    def blind(message: Message) -> Message:
        if isinstance(message, UserMessage):
            return UserMessage(message.text)
        return message

    return Bent(chat, asks=lambda request: attrs.evolve(request, messages=[blind(one) for one in request.messages]))


@in_memory("request.settings", shows="False = _ignored_or_refused", claims=NO_SEED, name="seed")
def drops_a_setting_and_does_not_name_it(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, settings=attrs.evolve(request.settings, seed=None)))


@in_memory("request.settings", shows="False = _ignored_or_refused", claims=NO_SEED, name="seed")
def drops_a_setting_and_names_another(chat: ChatPort) -> ChatPort:
    unseeded = drops_a_setting_and_does_not_name_it.in_memory
    assert unseeded
    return Bent(unseeded(chat), answers=lambda response: attrs.evolve(response, ignored_settings=["top_p"]))
