"""Broken in what reaches the fake provider."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

import attrs

from llm_core import (
    AudioPart,
    ChatPort,
    ChatRequest,
    ChatSettings,
    FilePart,
    ImagePart,
    JsonOutput,
    JsonSchemaOutput,
    Message,
    NamedTool,
    TextPart,
    Tool,
    UserMessage,
    from_async,
)
from llm_core.domain.parts import UserPart
from llm_core.testing.clauses.rich_requests import LOOSE, SCHEMA

from .mutating import Bent, in_memory, over_http
from .plain_chat import PlainChat

Change: TypeAlias = Callable[[Message], Message]


def _each(chat: ChatPort, change: Change) -> ChatPort:
    """Return *chat*, asked with every message changed."""
    return Bent(chat, asks=lambda request: attrs.evolve(request, messages=[change(one) for one in request.messages]))


@in_memory("request.tools", shows="== ()")
def drops_the_tools(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, tools=[]))


@in_memory("request.tools", shows="At index 0 diff: Tool(name='get_weather', description='The weather in a city.'")
def drops_the_descriptions_of_tools(chat: ChatPort) -> ChatPort:
    return Bent(
        chat,
        asks=lambda request: attrs.evolve(
            request, tools=[attrs.evolve(tool, description="") for tool in request.tools]
        ),
    )


def _offers(chat: ChatPort, change: Callable[[Tool], Tool]) -> ChatPort:
    """Return *chat*, asked with every tool changed."""
    return Bent(chat, asks=lambda request: attrs.evolve(request, tools=[change(tool) for tool in request.tools]))


@in_memory("request.tool-strict", shows="('get_rain', True) != ('get_rain', False)")
def drops_the_strictness_of_tools(chat: ChatPort) -> ChatPort:
    return _offers(chat, lambda tool: attrs.evolve(tool, strict=False))


@in_memory("request.tool-strict", shows="('get_storms', False) != ('get_storms', True)")
def makes_every_tool_strict(chat: ChatPort) -> ChatPort:
    return _offers(chat, lambda tool: attrs.evolve(tool, strict=True))


@in_memory("request.tool-choice", shows="== 'auto'")
def ignores_the_tool_choice(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, tool_choice="auto"))


@in_memory("request.tool-choice", shows="NamedTool(name='get_time') == 'required'", choice=NamedTool("get_time"))
def takes_a_named_tool_for_any(chat: ChatPort) -> ChatPort:
    def loosen(request: ChatRequest) -> ChatRequest:
        return attrs.evolve(request, tool_choice="required") if isinstance(request.tool_choice, NamedTool) else request

    return Bent(chat, asks=loosen)


@in_memory("request.output", shows="== None")
def ignores_the_output_format(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, output=None))


@in_memory("request.output", shows="== JsonOutput()", output=SCHEMA)
def takes_a_schema_for_any_object(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, output=request.output and JsonOutput()))


def _rewrites(value: object, change: Callable[[dict[str, object]], dict[str, object]]) -> object:
    """Return a schema with every object in it changed."""
    match value:
        case dict():
            return {name: _rewrites(item, change) for name, item in change(value).items()}
        case list():
            return [_rewrites(item, change) for item in value]
        case _:
            return value


def _schemas(chat: ChatPort, change: Callable[[dict[str, object]], dict[str, object]]) -> ChatPort:
    """Return *chat*, asked with every schema changed, of a tool or of the answer."""

    def rewrite(schema: Mapping[str, object]) -> dict[str, object]:
        return cast("dict[str, object]", _rewrites(dict(schema), change))

    def ask(request: ChatRequest) -> ChatRequest:
        tools = [attrs.evolve(tool, parameters=rewrite(tool.parameters)) for tool in request.tools]
        if isinstance(request.output, JsonSchemaOutput):
            request = attrs.evolve(request, output=attrs.evolve(request.output, schema=rewrite(request.output.schema)))
        return attrs.evolve(request, tools=tools)

    return Bent(chat, asks=ask)


@in_memory("request.output", shows="['schema']", output=LOOSE)
def makes_every_field_required(chat: ChatPort) -> ChatPort:
    def require(schema: dict[str, object]) -> dict[str, object]:
        fields = schema.get("properties")
        return {**schema, "required": [*fields]} if isinstance(fields, dict) and "required" in schema else schema

    return _schemas(chat, require)


@in_memory("request.output", shows="['strict']", output=LOOSE)
def takes_every_schema_for_a_strict_one(chat: ChatPort) -> ChatPort:
    def tighten(request: ChatRequest) -> ChatRequest:
        if isinstance(request.output, JsonSchemaOutput):
            return attrs.evolve(request, output=attrs.evolve(request.output, strict=True))
        return request

    return Bent(chat, asks=tighten)


@in_memory("request.tools", shows="At index 2 diff: Tool(name='book_trip'")
def sends_schemas_without_their_definitions(chat: ChatPort) -> ChatPort:
    return _schemas(chat, lambda schema: {name: value for name, value in schema.items() if name != "$defs"})


@in_memory("request.tools", shows='{"properties": {"city": {"type": "string"}}, "required"')
def sorts_the_fields_of_schemas(chat: ChatPort) -> ChatPort:
    return _schemas(chat, lambda schema: dict(sorted(schema.items())))


@in_memory("request.output", shows="['schema']", output=SCHEMA)
def knows_no_alternatives_in_schemas(chat: ChatPort) -> ChatPort:
    return _schemas(chat, lambda schema: {name: value for name, value in schema.items() if name != "anyOf"})


@in_memory("request.together", shows="first extra item: Tool(name='get_weather'", what="tools-and-output")
def drops_tools_beside_a_schema(chat: ChatPort) -> ChatPort:
    def drop(request: ChatRequest) -> ChatRequest:
        return attrs.evolve(request, tools=[], tool_choice="auto") if request.output else request

    return Bent(chat, asks=drop)


@in_memory("request.together", shows="JsonSchemaOutput(name='city'", what="tools-and-output")
def drops_the_schema_beside_tools(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, output=None) if request.tools else request)


def _sets(chat: ChatPort, change: Callable[[ChatSettings], ChatSettings]) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, settings=change(request.settings)))


@in_memory("request.together", shows="['temperature']", what="settings")
def drops_the_temperature_beside_an_effort(chat: ChatPort) -> ChatPort:
    return _sets(
        chat,
        lambda settings: attrs.evolve(settings, temperature=None) if settings.reasoning_effort else settings,
    )


@in_memory("request.together", shows="['top_p']", what="everything")
def takes_temperature_or_top_p(chat: ChatPort) -> ChatPort:
    return _sets(
        chat,
        lambda settings: settings if settings.temperature is None else attrs.evolve(settings, top_p=None),
    )


@over_http("request.together", shows="['extra']", what="settings")
def tells_the_provider_of_the_timeout(chat: PlainChat) -> ChatPort:
    def pass_on(settings: ChatSettings) -> ChatSettings:
        told = {} if settings.timeout is None else {"request_timeout": settings.timeout}
        return attrs.evolve(settings, extra={**settings.extra, **told})

    return _sets(from_async(chat), pass_on)


@in_memory("request.media", shows="!= UserMessage(content='Look:  What is it?')", medium="image-bytes")
def keeps_the_words_of_a_message_alone(chat: ChatPort) -> ChatPort:
    def join(message: Message) -> Message:
        return UserMessage(message.text) if isinstance(message, UserMessage) else message

    return _each(chat, join)


@in_memory("request.media", shows="ImagePart(data=<36 bytes>", medium="image-bytes")
def sends_half_of_a_picture(chat: ChatPort) -> ChatPort:
    def halve(message: Message) -> Message:
        if not isinstance(message, UserMessage):
            return message
        return UserMessage([_half(part) if isinstance(part, ImagePart) else part for part in message.parts])

    return _each(chat, halve)


def _half(part: ImagePart) -> ImagePart:
    return attrs.evolve(part, data=part.data[: len(part.data) // 2]) if part.data else part


@in_memory("request.media", shows="!= UserMessage(content=(TextPart(text='Look: '), TextPart(", medium="image-bytes")
def puts_pictures_after_the_words(chat: ChatPort) -> ChatPort:
    def sort(message: Message) -> Message:
        if not isinstance(message, UserMessage):
            return message
        return UserMessage(sorted(message.parts, key=lambda part: not isinstance(part, TextPart)))

    return _each(chat, sort)


@over_http("request.key", shows="True is False")
def forgets_the_key(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, key="nobody"))


def _parts(chat: ChatPort, change: Callable[[Sequence[UserPart]], Sequence[UserPart]]) -> ChatPort:
    """Return *chat*, asked with the parts of every message changed."""

    def replace(message: Message) -> Message:
        return UserMessage(change(message.parts)) if isinstance(message, UserMessage) else message

    return _each(chat, replace)


def _as_png(part: UserPart) -> UserPart:
    return attrs.evolve(part, media_type="image/png") if isinstance(part, ImagePart) and part.data else part


@in_memory("request.media", shows="media_type='image/png'", medium="image-jpeg")
def takes_every_picture_for_a_png(chat: ChatPort) -> ChatPort:
    return _parts(chat, lambda parts: [_as_png(part) for part in parts])


def _as_wav(part: UserPart) -> UserPart:
    return attrs.evolve(part, media_type="audio/wav") if isinstance(part, AudioPart) else part


@in_memory("request.media", shows="media_type='audio/wav'", medium="audio-mp3")
def takes_every_sound_for_a_wav(chat: ChatPort) -> ChatPort:
    return _parts(chat, lambda parts: [_as_wav(part) for part in parts])


@in_memory("request.media", shows="url='https://127.0.0.1:9/a.pdf'", medium="file-url")
def drops_files_by_their_address(chat: ChatPort) -> ChatPort:
    return _parts(chat, lambda parts: [part for part in parts if not (isinstance(part, FilePart) and part.url)])


@in_memory("request.media", shows="media_type='image/jpeg'", medium="image-twice")
def shows_one_picture_a_message(chat: ChatPort) -> ChatPort:
    def keep(parts: Sequence[UserPart]) -> Sequence[UserPart]:
        pictures = [part for part in parts if isinstance(part, ImagePart)]
        return [part for part in parts if part not in pictures[1:]]

    return _parts(chat, keep)


@in_memory("request.media", shows="UserMessage(content=(TextPart(text='Look: '),))", medium="image-earlier")
def shows_the_pictures_of_the_last_message_alone(chat: ChatPort) -> ChatPort:
    def forget(request: ChatRequest) -> ChatRequest:
        *before, last = request.messages
        blind = [UserMessage([TextPart(one.text)]) if isinstance(one, UserMessage) else one for one in before]
        return attrs.evolve(request, messages=[*blind, last])

    return Bent(chat, asks=forget)
