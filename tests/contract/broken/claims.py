"""Broken adapters that do not refuse a feature outside their capabilities before they send anything."""

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
from llm_core.testing import RARE_SETTINGS, SETTINGS, Capabilities

from .mutating import Mutated, in_memory, with_messages

NO_TOOLS = Capabilities(http=False, tools=False)
NO_CHOICE = Capabilities(http=False, tool_choice=False)
NO_JSON = Capabilities(http=False, json_output=False, json_schema_output=False)
NO_IMAGES = Capabilities(http=False, images=False)
NO_RARE = Capabilities(http=False, rare_fields=True)
NO_SEED = Capabilities(http=False, settings=SETTINGS - {"seed"})
_UNCLAIMED = RARE_SETTINGS | {"seed"}


def refusing(claims: Capabilities) -> Callable[[ChatPort], ChatPort]:
    """Return a wrapper that refuses every feature outside *claims* before anything is sent."""

    def refuse(request: ChatRequest) -> ChatRequest:
        parts = [part for message in request.messages if isinstance(message, UserMessage) for part in message.parts]
        has_images = any(isinstance(part, ImagePart) for part in parts)
        if (
            (not claims.tools and (request.tools or any(map(_concerns_a_tool, request.messages))))
            or (request.tool_choice != "auto" and not claims.tool_choice)
            or (request.output and not claims.json_output)
            or (has_images and not claims.images)
            or any(getattr(request.settings, name) is not None for name in _UNCLAIMED - claims.settings)
            or (request.server_tools and not claims.server_tools)
        ):
            raise UnsupportedFeatureError(feature="this request")
        return request

    return lambda chat: Mutated(chat, on_request=refuse)


@in_memory("request.tools", shows="DID NOT RAISE UnsupportedFeatureError", claims=NO_TOOLS)
def drops_tools_instead_of_refusing_them(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, tools=[], tool_choice="auto"))


def _concerns_a_tool(message: Message) -> bool:
    return isinstance(message, ToolMessage) or bool(isinstance(message, AssistantMessage) and message.all_tool_calls)


@in_memory(
    "request.calls-told-or-refused",
    shows="messages[6]: expected AssistantMessage(content='Looking. '",
    claims=NO_TOOLS,
)
def drops_earlier_tool_calls_instead_of_refusing_them(chat: ChatPort) -> ChatPort:
    def drop(request: ChatRequest) -> ChatRequest:
        kept = [message for message in request.messages if not _concerns_a_tool(message)]
        return attrs.evolve(request, messages=kept, tools=[], tool_choice="auto")

    return Mutated(chat, on_request=drop)


@in_memory("request.calls-told-or-refused", shows="0 == 1", claims=NO_TOOLS)
def refuses_earlier_tool_calls_after_sending_the_request(chat: ChatPort) -> ChatPort:
    def refuse(_: ChatResponse) -> ChatResponse:
        raise UnsupportedFeatureError(feature="this request")

    return Mutated(chat, on_response=refuse)


@in_memory("request.tools", shows="0 == 1", claims=NO_TOOLS)
def refuses_tools_after_sending_the_request(chat: ChatPort) -> ChatPort:
    def refuse(_: ChatResponse) -> ChatResponse:
        raise UnsupportedFeatureError(feature="this request")

    return Mutated(chat, on_response=refuse)


@in_memory("request.tool-choice", shows="DID NOT RAISE UnsupportedFeatureError", claims=NO_CHOICE)
def drops_the_tool_choice_instead_of_refusing_it(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, tool_choice="auto"))


@in_memory("request.output", shows="DID NOT RAISE UnsupportedFeatureError", claims=NO_JSON)
def drops_the_output_format_instead_of_refusing_it(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, output=None))


@in_memory("request.media", shows="DID NOT RAISE UnsupportedFeatureError", claims=NO_IMAGES, medium="image-bytes")
def drops_images_instead_of_refusing_them(chat: ChatPort) -> ChatPort:
    def drop_images(message: Message) -> Message:
        if isinstance(message, UserMessage):
            return UserMessage(message.text)
        return message

    return with_messages(chat, drop_images)


@in_memory("request.settings", shows="not in ignored_settings", claims=NO_RARE, name="cache")
def does_not_report_that_there_is_no_cache(chat: ChatPort) -> ChatPort:
    return Mutated(
        chat, on_request=lambda request: attrs.evolve(request, settings=attrs.evolve(request.settings, cache=None))
    )


@in_memory("request.server-tools", shows="DID NOT RAISE UnsupportedFeatureError", claims=NO_RARE)
def drops_server_tools_instead_of_refusing_them(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, server_tools=()))


@in_memory("request.settings", shows="not in ignored_settings", claims=NO_SEED, name="seed")
def drops_a_setting_without_reporting_it(chat: ChatPort) -> ChatPort:
    return Mutated(
        chat, on_request=lambda request: attrs.evolve(request, settings=attrs.evolve(request.settings, seed=None))
    )


@in_memory("request.settings", shows="not in ignored_settings", claims=NO_SEED, name="seed")
def drops_a_setting_and_reports_another(chat: ChatPort) -> ChatPort:
    without_seed = drops_a_setting_without_reporting_it.in_memory
    assert without_seed
    return Mutated(without_seed(chat), on_response=lambda response: attrs.evolve(response, ignored_settings=["top_p"]))


@in_memory("request.settings", shows="seed was sent, and is named in ignored_settings", claims=NO_SEED, name="seed")
def sends_a_setting_that_it_reports_as_ignored(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, ignored_settings=["seed"]))


@in_memory("request.tools", shows="does not name what is not supported", claims=NO_TOOLS)
def refuses_without_the_name_of_the_feature(chat: ChatPort) -> ChatPort:
    def refuse(request: ChatRequest) -> ChatRequest:
        if request.tools:
            raise UnsupportedFeatureError
        return request

    return Mutated(chat, on_request=refuse)


@in_memory("request.settings", shows="not in ignored_settings", claims=NO_SEED, name="seed")
def drops_a_setting_of_zero_without_reporting_it(chat: ChatPort) -> ChatPort:
    seeds: list[int | None] = []

    def drop(request: ChatRequest) -> ChatRequest:
        seeds[:] = [request.settings.seed]
        return attrs.evolve(request, settings=attrs.evolve(request.settings, seed=None))

    return Mutated(
        chat,
        on_request=drop,
        on_response=lambda response: attrs.evolve(response, ignored_settings=["seed"] if seeds[0] else []),
    )
