"""Images in tool results, for wires whose results carry text only: they follow in a user message after all results."""

from collections.abc import Callable, Iterable, Iterator, Sequence

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


def images_after_results(messages: Iterable[tuple[JsonObject, Sequence[JsonObject]]]) -> Iterator[JsonObject]:
    """Yield *messages*, each given with the images of its result; these follow the last of the results in a row."""
    images: list[JsonObject] = []
    for message, own in messages:
        if images and message["role"] != "tool":
            yield {"role": "user", "content": images}
            images = []
        yield message
        if own:
            images += own
    if images:
        yield {"role": "user", "content": images}
