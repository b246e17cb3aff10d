"""Broken adapters that change or drop tools, output format, media parts or key of a request."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

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

from .mutating import Mutated, in_memory, over_http, with_messages, with_settings
from .plain_chat import PlainChat


@in_memory("request.tools", shows="tools[0]: expected Tool(name='get_weather', description='The")
def drops_the_tools(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, tools=[]))


@in_memory("request.server-tools", shows="server_tools[0]: expected \"{'type': 'search', 'places': ['\xe9'")
def drops_the_server_tools(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, server_tools=[]))


@in_memory("request.tools", shows="tools[2].description: expected 'Books a trip.\\nIt costs.'")
def drops_tool_descriptions(chat: ChatPort) -> ChatPort:
    return Mutated(
        chat,
        on_request=lambda request: attrs.evolve(
            request, tools=[attrs.evolve(tool, description="") for tool in request.tools]
        ),
    )


def _with_tools(chat: ChatPort, change: Callable[[Tool], Tool]) -> ChatPort:
    """Wrap *chat* so that each tool of a request is changed."""
    return Mutated(
        chat, on_request=lambda request: attrs.evolve(request, tools=[change(tool) for tool in request.tools])
    )


@in_memory("request.tool-strict", shows="the names and `strict` of tools[0][1]: expected True, got")
def drops_the_strict_flag_of_tools(chat: ChatPort) -> ChatPort:
    return _with_tools(chat, lambda tool: attrs.evolve(tool, strict=False))


@in_memory("request.tool-strict", shows="the names and `strict` of tools[1][1]: expected False, got")
def makes_every_tool_strict(chat: ChatPort) -> ChatPort:
    return _with_tools(chat, lambda tool: attrs.evolve(tool, strict=True))


@in_memory("request.tool-choice", shows="tool_choice: expected")
def ignores_the_tool_choice(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, tool_choice="auto"))


@in_memory(
    "request.tool-choice",
    shows="tool_choice: expected NamedTool(name='get_time'), got",
    choice=NamedTool("get_time"),
)
def sends_required_for_a_named_tool(chat: ChatPort) -> ChatPort:
    def loosen(request: ChatRequest) -> ChatRequest:
        return attrs.evolve(request, tool_choice="required") if isinstance(request.tool_choice, NamedTool) else request

    return Mutated(chat, on_request=loosen)


@in_memory("request.output", shows="output: expected Json")
def ignores_the_output_format(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, output=None))


@in_memory("request.output", shows="output: expected JsonSchemaOutput(name='trip'", output=SCHEMA)
def sends_json_mode_for_a_schema(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, output=request.output and JsonOutput()))


def _changed_objects(value: object, change: Callable[[dict[str, object]], dict[str, object]]) -> object:
    """Return a JSON value with *change* applied to each object in it."""
    match value:
        case dict():
            return {name: _changed_objects(item, change) for name, item in change(value).items()}
        case list():
            return [_changed_objects(item, change) for item in value]
        case _:
            return value


def _with_schemas(chat: ChatPort, change: Callable[[dict[str, object]], dict[str, object]]) -> ChatPort:
    """Wrap *chat* so that each object in the schemas of tools and output is changed."""

    def rewrite(schema: Mapping[str, object]) -> dict[str, object]:
        return cast("dict[str, object]", _changed_objects(dict(schema), change))

    def change_request(request: ChatRequest) -> ChatRequest:
        tools = [attrs.evolve(tool, parameters=rewrite(tool.parameters)) for tool in request.tools]
        if isinstance(request.output, JsonSchemaOutput):
            request = attrs.evolve(request, output=attrs.evolve(request.output, schema=rewrite(request.output.schema)))
        return attrs.evolve(request, tools=tools)

    return Mutated(chat, on_request=change_request)


@in_memory("request.output", shows="output.schema.required[1]: expected nothing, got 'nights'", output=LOOSE)
def makes_every_field_required(chat: ChatPort) -> ChatPort:
    def require(schema: dict[str, object]) -> dict[str, object]:
        fields = schema.get("properties")
        return {**schema, "required": [*fields]} if isinstance(fields, dict) and "required" in schema else schema

    return _with_schemas(chat, require)


@in_memory("request.output", shows="output.strict: expected False, got True", output=LOOSE)
def makes_every_output_schema_strict(chat: ChatPort) -> ChatPort:
    def tighten(request: ChatRequest) -> ChatRequest:
        if isinstance(request.output, JsonSchemaOutput):
            return attrs.evolve(request, output=attrs.evolve(request.output, strict=True))
        return request

    return Mutated(chat, on_request=tighten)


@in_memory("request.tools", shows="tools[2].parameters: expected \u2026alProperties': False, '$defs':")
def drops_the_definitions_of_schemas(chat: ChatPort) -> ChatPort:
    return _with_schemas(chat, lambda schema: {name: value for name, value in schema.items() if name != "$defs"})


@in_memory("request.tools", shows='{"properties": {"city": {"type": "string"}}, "required"')
def sorts_the_keys_of_schemas(chat: ChatPort) -> ChatPort:
    return _with_schemas(chat, lambda schema: dict(sorted(schema.items())))


@in_memory("request.output", shows="output.schema.properties.by: expected {'anyOf': [{'type':", output=SCHEMA)
def drops_the_alternatives_of_schemas(chat: ChatPort) -> ChatPort:
    return _with_schemas(chat, lambda schema: {name: value for name, value in schema.items() if name != "anyOf"})


@in_memory("request.together", shows="tools: expected [{'name': 'get_weather'", what="tools-and-output")
def drops_the_tools_of_a_request_with_a_schema(chat: ChatPort) -> ChatPort:
    def drop(request: ChatRequest) -> ChatRequest:
        return attrs.evolve(request, tools=[], tool_choice="auto") if request.output else request

    return Mutated(chat, on_request=drop)


@in_memory("request.together", shows="output: expected {'type': 'json_schema', 'name': 'city'", what="tools-and-output")
def drops_the_schema_of_a_request_with_tools(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, output=None) if request.tools else request)


@in_memory("request.together", shows="settings.temperature: expected 0.25, seen nothing", what="settings")
def drops_the_temperature_of_a_request_with_a_reasoning_effort(chat: ChatPort) -> ChatPort:
    return with_settings(
        chat,
        lambda settings: attrs.evolve(settings, temperature=None) if settings.reasoning_effort else settings,
    )


@in_memory("request.together", shows="settings.top_p: expected 0.5, seen nothing", what="everything")
def drops_top_p_of_a_request_with_a_temperature(chat: ChatPort) -> ChatPort:
    return with_settings(
        chat,
        lambda settings: settings if settings.temperature is None else attrs.evolve(settings, top_p=None),
    )


@over_http("request.together", shows="settings.extra.request_timeout: expected nothing, seen 60", what="settings")
def sends_the_timeout_to_the_provider(chat: PlainChat) -> ChatPort:
    def pass_on(settings: ChatSettings) -> ChatSettings:
        timeout_field = {} if settings.timeout is None else {"request_timeout": settings.timeout}
        return attrs.evolve(settings, extra={**settings.extra, **timeout_field})

    return with_settings(from_async(chat), pass_on)


@in_memory("request.media", shows="messages[0].content: expected [TextPart(text='Look: ')", medium="image-bytes")
def keeps_only_the_text_of_a_message(chat: ChatPort) -> ChatPort:
    def join(message: Message) -> Message:
        return UserMessage(message.text) if isinstance(message, UserMessage) else message

    return with_messages(chat, join)


@in_memory(
    "request.media",
    shows="messages[0].content[1].data: expected",
    medium="image-bytes",
)
def sends_half_of_the_bytes_of_an_image(chat: ChatPort) -> ChatPort:
    def cut(message: Message) -> Message:
        if not isinstance(message, UserMessage):
            return message
        return UserMessage([_first_half(part) if isinstance(part, ImagePart) else part for part in message.parts])

    return with_messages(chat, cut)


def _first_half(part: ImagePart) -> ImagePart:
    return attrs.evolve(part, data=part.data[: len(part.data) // 2]) if part.data else part


@in_memory("request.media", shows="messages[0].content[1]: expected", medium="image-bytes")
def moves_text_behind_the_images(chat: ChatPort) -> ChatPort:
    def sort(message: Message) -> Message:
        if not isinstance(message, UserMessage):
            return message
        return UserMessage(sorted(message.parts, key=lambda part: not isinstance(part, TextPart)))

    return with_messages(chat, sort)


@over_http("request.key", shows="0 of 1 HTTP requests hold the key")
def sends_another_key(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, key="another-key"))


def _with_parts(chat: ChatPort, change: Callable[[Sequence[UserPart]], Sequence[UserPart]]) -> ChatPort:
    """Wrap *chat* so that the parts of each user message are changed."""

    def replace(message: Message) -> Message:
        return UserMessage(change(message.parts)) if isinstance(message, UserMessage) else message

    return with_messages(chat, replace)


def _as_png(part: UserPart) -> UserPart:
    return attrs.evolve(part, media_type="image/png") if isinstance(part, ImagePart) and part.data else part


@in_memory("request.media", shows="messages[0].content[1].media_type: expected 'image/jpeg', got", medium="image-jpeg")
def sends_every_image_as_png(chat: ChatPort) -> ChatPort:
    return _with_parts(chat, lambda parts: [_as_png(part) for part in parts])


def _as_wav(part: UserPart) -> UserPart:
    return attrs.evolve(part, media_type="audio/wav") if isinstance(part, AudioPart) else part


@in_memory("request.media", shows="messages[0].content[1].media_type: expected 'audio/mpeg', got", medium="audio-mp3")
def sends_every_audio_part_as_wav(chat: ChatPort) -> ChatPort:
    return _with_parts(chat, lambda parts: [_as_wav(part) for part in parts])


@in_memory("request.media", shows="url='https://127.0.0.1:9/a.pdf'", medium="file-url")
def drops_files_given_by_url(chat: ChatPort) -> ChatPort:
    return _with_parts(chat, lambda parts: [part for part in parts if not (isinstance(part, FilePart) and part.url)])


@in_memory("request.media", shows="messages[0].content[2]: expected", medium="image-twice")
def sends_only_the_first_image_of_a_message(chat: ChatPort) -> ChatPort:
    def keep(parts: Sequence[UserPart]) -> Sequence[UserPart]:
        images = [part for part in parts if isinstance(part, ImagePart)]
        return [part for part in parts if part not in images[1:]]

    return _with_parts(chat, keep)


@in_memory("request.media", shows="messages[0].content: expected [TextPart(text='Look: ')", medium="image-earlier")
def sends_only_the_images_of_the_last_message(chat: ChatPort) -> ChatPort:
    def drop(request: ChatRequest) -> ChatRequest:
        *before, last = request.messages
        text_only = [
            UserMessage([TextPart(message.text)]) if isinstance(message, UserMessage) else message for message in before
        ]
        return attrs.evolve(request, messages=[*text_only, last])

    return Mutated(chat, on_request=drop)
