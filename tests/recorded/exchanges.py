"""Recorded exchanges: the response of a provider, and the answer or error that an adapter must make of it."""

import base64
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import cattrs

OWN = Path(__file__).parent / "own"
VARIABLE = "LLM_CORE_RECORDINGS"


@attrs.frozen(kw_only=True)
class ExpectedCall:
    """A call. `id` is None if the provider sent none; `args_raw` is the model's own text, if the wire carries text."""

    id: str | None
    name: str
    args: object
    args_raw: str | None = None


@attrs.frozen(kw_only=True)
class ExpectedUsage:
    """Token counts as in `Usage`: inclusive, None if not reported."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None


@attrs.frozen(kw_only=True)
class ExpectedError:
    """An error; each of `ok_classes` is right. `inner_status` is the status in the body of an HTTP 200."""

    ok_classes: Sequence[str]
    status: int | None = None
    inner_status: int | None = None
    retry_after_s: float | None = None


@attrs.frozen(kw_only=True)
class Expected:
    """The expected outcome; `kind` is ok, error, stream_error (within a 200) or truncated."""

    kind: str
    text: str
    tool_calls: Sequence[ExpectedCall] = ()
    reasoning: str = ""
    refusal: str | None = None
    usage: ExpectedUsage = ExpectedUsage()
    finish: str | None = None
    finish_raw: str | None = None
    finish_ok: Sequence[str | None] = ()
    error: ExpectedError | None = None
    text_alt: str | None = None  # of reasoning between tags in the text: the two separated are right as well
    reasoning_alt: str | None = None
    tool_plan: str | None = None  # Cohere's text about its calls: right as reasoning too
    begins: bool = False  # a prefix of `text` is enough


@attrs.frozen(kw_only=True)
class Exchange:
    """One response of one provider, as sent over the wire."""

    id: str
    wire: str
    provider: str
    host: str
    url_path: str
    status: int
    response_headers: Mapping[str, str]
    response_body: str
    body_b64: bool = False
    request_body: Mapping[str, object] | None = None
    stream: bool
    expected: Expected

    @property
    def body(self) -> bytes:
        """The body's bytes."""
        return base64.b64decode(self.response_body) if self.body_b64 else self.response_body.encode()

    @property
    def content_type(self) -> str:
        """The content type; the wire's usual one if it was not recorded."""
        recorded = self.response_headers.get("content-type")
        streamed = "application/x-ndjson" if self.wire == "ollama_chat" else "text/event-stream"
        return recorded or (streamed if self.stream and self.status == 200 else "application/json")


def exchanges_in(folder: Path) -> tuple[Exchange, ...]:
    """Return every exchange of *folder*; the wire format is that of the line, else the name of its file."""
    files = sorted(folder.glob("*.jsonl"))
    lines = ((file.stem, line) for file in files for line in file.read_text().split("\n"))
    return tuple(_exchange(line, wire) for wire, line in lines if line)


def recordings() -> Path | None:
    """Return the folder that the environment variable LLM_CORE_RECORDINGS names; None if it is not set."""
    folder = os.environ.get(VARIABLE)
    return Path(folder) if folder else None


def _exchange(line: str, wire: str) -> Exchange:
    return _CONVERTER.structure({"wire": wire, **json.loads(line)}, Exchange)


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    converter.register_structure_hook_func(lambda type_: type_ is object, lambda value, _: value)
    return converter


_CONVERTER = _converter()
