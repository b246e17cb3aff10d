"""Domain values as JSON text, and back without loss.

A field with its default value is left out. A member of a union carries its name in ``type``; bytes are base64; a
price is a string, so that no digit is lost. Reading is strict: an unknown key or a wrong type is an error.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import InvalidOperation
from functools import partial
from typing import TypeAlias, TypeVar, get_args

from cattrs import ForbiddenExtraKeysError, transform_error
from cattrs.errors import BaseValidationError

from llm_core.domain.errors import ChatError
from llm_core.domain.events import StreamEvent
from llm_core.domain.messages import ChatMessage, Message, ReasoningPart
from llm_core.domain.parts import ProviderData, UserPart
from llm_core.domain.reprs import shortened
from llm_core.domain.requests import ChatRequest, OutputFormat
from llm_core.domain.responses import ChatResponse
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall
from llm_core.domain.usage import Usage
from llm_core.domain.validators import tuple_of

from .converter import Hook, make_converter
from .errors import ErrorDocument, document_of_error, error_of_document

__all__ = [
    "InvalidDocumentError",
    "Serializable",
    "error_from_json",
    "error_to_json",
    "event_from_json",
    "from_json",
    "message_from_json",
    "messages_from_json",
    "messages_to_json",
    "to_json",
]

_Content: TypeAlias = Message | UserPart | ReasoningPart | ProviderData
_Tools: TypeAlias = Tool | NamedTool | ToolCall | InvalidToolCall
Serializable: TypeAlias = (
    ChatRequest | ChatResponse | ChatSettings | Usage | OutputFormat | StreamEvent | _Content | _Tools
)
_MAX_LENGTH = 1_000  # characters of a path, and of a problem, which may quote a name
Value = TypeVar("Value")
Document = TypeVar("Document", bound=Serializable)


class InvalidDocumentError(ValueError):
    """A text that does not hold the expected value; `path` names the place, as in ``messages[2].content[0].url``."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        """The place in the document; ``$`` is its root."""
        self.problem = problem
        """What is wrong there."""

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


def to_json(value: Serializable) -> str:
    """Return *value* as JSON text, for `from_json`, `message_from_json` or `event_from_json`."""
    return _dumps(_CONVERTER.unstructure(value))


def messages_to_json(messages: Sequence[ChatMessage]) -> str:
    """Return *messages*, such as a history, as the text of a JSON array, for `messages_from_json`."""
    return _dumps([_CONVERTER.unstructure(message) for message in tuple_of("messages", messages, *get_args(Message))])


def from_json(class_: type[Document], document: str | bytes, /) -> Document:
    """Return the instance of *class_* that *document* holds, as in ``from_json(ChatRequest, text)``.

    Raises:
        InvalidDocumentError: *document* is not JSON, or does not hold a *class_*.
        TypeError: *class_* is not one of `Serializable`.
    """
    if class_ not in get_args(Serializable):
        raise TypeError(f"from_json: {class_!r} is not a class of Serializable")
    hook: Hook[Document] = _CONVERTER.get_structure_hook(class_)
    return _read(document, hook)


def message_from_json(document: str | bytes) -> Message:
    """Return the message that *document* holds, or raise `InvalidDocumentError`."""
    return _read(document, _MESSAGE)


def messages_from_json(document: str | bytes) -> list[Message]:
    """Return the messages that *document* holds, as a list to append to, or raise `InvalidDocumentError`.

    Each message is checked by itself; `ChatRequest` checks that tool messages answer earlier calls.
    """
    return list(_read(document, _MESSAGES))


def event_from_json(document: str | bytes) -> StreamEvent:
    """Return the event that *document* holds, or raise `InvalidDocumentError`."""
    return _read(document, _EVENT)


def error_to_json(error: ChatError) -> str:
    """Return *error* as JSON text, for `error_from_json`: its class, its fields, and the errors before it.

    Its cause is left out. An error of a class of others becomes one of the nearest class of this project.
    """
    return _dumps(_CONVERTER.unstructure(document_of_error(error)))


def error_from_json(document: str | bytes) -> ChatError:
    """Return the error that *document* holds, or raise `InvalidDocumentError`."""
    return error_of_document(_read(document, _ERROR))


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _read(document: str | bytes, hook: Hook[Value]) -> Value:
    problems: list[ValueError] = []
    try:
        parsed = json.loads(
            document, parse_constant=partial(_not_json, problems), object_pairs_hook=partial(_object, problems)
        )
        if problems:
            _raise_problem(parsed)
        return hook(parsed, None)
    except (ValueError, RecursionError, BaseValidationError) as error:
        path, problem = _located(error)
    raise InvalidDocumentError(shortened(path.removeprefix(".") or "$", _MAX_LENGTH), shortened(problem, _MAX_LENGTH))


def _not_json(problems: list[ValueError], constant: str) -> ValueError:
    problems.append(ValueError(f"{constant} is not JSON"))
    return problems[-1]


def _object(problems: list[ValueError], pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = dict(pairs)
    if len(found) < len(pairs):
        problems.append(ValueError("duplicate key"))
        keys = Counter(key for key, _ in pairs)
        found |= dict.fromkeys((key for key, count in keys.items() if count > 1), problems[-1])
    return found


def _raise_problem(parsed: object) -> None:
    """Raise the first ValueError that stands in the place of a value: the parser does not know the path."""
    if isinstance(parsed, ValueError):
        raise InvalidDocumentError("", str(parsed))
    items = parsed.items() if isinstance(parsed, dict) else enumerate(parsed) if isinstance(parsed, list) else ()
    for key, value in items:
        try:
            _raise_problem(value)
        except InvalidDocumentError as error:
            step = f".{shortened(key)}" if isinstance(key, str) else f"[{key}]"
            raise InvalidDocumentError(step + error.path, error.problem) from None


def _located(error: Exception) -> tuple[str, str]:
    """Return the path and the problem; messages of the domain and of the hooks below begin with a relative path."""
    if isinstance(error, InvalidDocumentError):
        return error.path, error.problem
    message, _, path = transform_error(error, "", _message)[0].rpartition(" @ ")
    split = re.match(r"([\w-]+(?:[.\[].*?)?): (.*)", message, re.DOTALL)
    return (f"{path}.{split[1]}", split[2]) if split else (path, message)


_MESSAGES_BY_ERROR: Mapping[type[BaseException], str] = {
    KeyError: "is missing",
    RecursionError: "nested too deeply",
    InvalidOperation: "expected a decimal number",
}


def _message(error: BaseException, _: object) -> str:
    if isinstance(error, ForbiddenExtraKeysError):
        return f"{shortened(min(error.extra_fields))}: unknown key"
    return _MESSAGES_BY_ERROR.get(type(error), str(error))


_CONVERTER = make_converter()
_MESSAGE: Hook[Message] = _CONVERTER.get_structure_hook(Message)
_MESSAGES: Hook[tuple[Message, ...]] = _CONVERTER.get_structure_hook(tuple[Message, ...])
_EVENT: Hook[StreamEvent] = _CONVERTER.get_structure_hook(StreamEvent)
_ERROR: Hook[ErrorDocument] = _CONVERTER.get_structure_hook(ErrorDocument)
