"""The abilities that a request needs, by their names in `Capabilities`."""

from collections.abc import Iterator

from llm_core.domain.parts import AudioPart, FilePart, ImagePart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput
from llm_core.domain.tools import NamedTool

from .request_strategies import set_names


def used_abilities(request: ChatRequest) -> list[str]:
    """Return the names, each once; those of settings as in ``settings: seed``."""
    return list(dict.fromkeys([*_of_tools(request), *_of_media(request), *_of_settings(request)]))


def _of_tools(request: ChatRequest) -> Iterator[str]:
    if request.tools:
        yield "tools"
    if request.tool_choice != "auto":
        yield "named_tool_choice" if isinstance(request.tool_choice, NamedTool) else "tool_choice"
    if isinstance(request.output, JsonOutput):
        yield "json_output"
    if isinstance(request.output, JsonSchemaOutput):
        yield "json_schema_output"
    if request.server_tools:
        yield "server_tools"


def _of_media(request: ChatRequest) -> Iterator[str]:
    contents = [message.content for message in request.messages]
    for part in [part for content in contents if not isinstance(content, str) for part in content]:
        match part:
            case ImagePart(url=url):
                yield "images_by_url" if url else "images"
            case AudioPart():
                yield "audio"
            case FilePart():
                yield "files"
            case _:
                pass


def _of_settings(request: ChatRequest) -> Iterator[str]:
    yield from (f"settings: {name}" for name in sorted(set_names(request.settings)))
