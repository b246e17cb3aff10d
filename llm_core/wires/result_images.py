"""Images in tool results, for wires whose results carry text only: they follow in a user message after all results."""

from collections.abc import Callable

from llm_core.domain.json_values import JsonObject
from llm_core.domain.messages import ToolMessage
from llm_core.domain.parts import ImagePart

from .paired_calls import WireCall


def result_images(
    message: ToolMessage, answered: WireCall, path: str, encode: Callable[[ImagePart, str], JsonObject]
) -> list[JsonObject]:
    """Return the images of a result as parts, after a text that names the call; *path* leads to the content."""
    if isinstance(message.content, str):
        return []
    parts = [
        encode(part, f"{path}[{index}]") for index, part in enumerate(message.content) if isinstance(part, ImagePart)
    ]
    note = f"Images in the result of the tool {answered.call.name}, call {answered.id}:"
    return [{"type": "text", "text": note}, *parts] if parts else []
