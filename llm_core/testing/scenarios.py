"""What the fake provider does: a closed union of frozen values, so that `arrange` can match every case."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs

from llm_core.domain.responses import FinishReason
from llm_core.domain.usage import Usage

from .brief_repr import BriefRepr


@attrs.frozen(kw_only=True, repr=False)
class Call(BriefRepr):
    """A tool call as the provider sends it. `arguments_text` may be any text; an `id` of None sends no id."""

    name: str
    arguments_text: str
    id: str | None = None


@attrs.frozen(repr=False)
class Thought(BriefRepr):
    """A part of the model's reasoning, and the provider's proof of it; an empty `signature` is none."""

    text: str
    signature: str = ""


Block: TypeAlias = Thought | str | Call
"""A part of an answer in the provider's order: reasoning, text or a call."""


def _calls(values: Sequence[Call]) -> tuple[Call, ...]:
    return tuple(values)


def _blocks(values: Sequence[Block]) -> tuple[Block, ...]:
    return tuple(values)


CallLayout: TypeAlias = Literal[
    "in order",
    "interleaved",
    "one index",
    "no index",
    "late ids",
    "changing ids",
    "repeated",
    "split names",
    "arguments first",
]
Framing: TypeAlias = Literal["usual", "tight", "crlf", "comments"]
Afterwards: TypeAlias = Literal["keep", "close", "surplus", "hold"]


@attrs.frozen(kw_only=True, repr=False)
class Replies(BriefRepr):
    """The provider answers; a stream has deltas of `chunk_size` characters in packets of `packet_size` bytes.

    `wait` is the number of seconds before the head of the answer, `pause` that between two packets. A `finish_reason`
    is a `FinishReason`, which the dialect translates into the provider's value, or the provider's own value; None is an
    answer without an end. `model` and `id` are sent in every answer of a provider that has such fields. `signature` is
    the provider's proof of its reasoning, which must be sent back to it. With `counting` each event of a stream reports
    the tokens so far.

    `call_layout` is how a stream sends tool calls. interleaved: the deltas of two calls alternate, each with its
    index; one index: all calls share an index, and their ids differ; no index: deltas have none; late ids: the id comes
    after the name; changing ids: every delta of a call has an id of its own; repeated: every delta has id and name;
    split names: a name comes in two deltas; arguments first: the arguments begin before the name. `framing` is how
    server-sent events are written; tight: without a space after the colon; crlf: lines end in CR LF; comments: comment
    lines between events.

    `afterwards` is what becomes of the connection behind the answer. keep: it serves the next request; close: it is
    closed, which no header announces; surplus: one more answer follows, to no request, in the same packet; hold: the
    body stays open for two seconds, then the provider closes the connection.

    `blocks` is the whole content in the provider's order, where reasoning comes in several parts, or after text or
    calls; `interleaved` makes such a reply, whose text, reasoning and calls are those of its blocks.
    """

    text: str | None = "Hello."
    reasoning: str = ""
    signature: str = ""
    refusal: str = ""
    calls: tuple[Call, ...] = attrs.field(default=(), converter=_calls)
    call_layout: CallLayout = "in order"
    finish_reason: FinishReason | str | None = FinishReason.STOP
    usage: Usage | None = Usage(input_tokens=7, output_tokens=5)  # noqa: RUF009 -- frozen, so it can be shared
    model: str | None = "fake-provider-1"
    id: str | None = "answer-1"
    chunk_size: int = 4
    packet_size: int | None = None
    wait: float = 0.0
    pause: float = 0.0
    framing: Framing = "usual"
    counting: bool = False
    afterwards: Afterwards = "keep"
    blocks: tuple[Block, ...] = attrs.field(default=(), converter=_blocks)

    @property
    def thoughts(self) -> tuple[Thought, ...]:
        """The parts of the reasoning."""
        if self.blocks:
            return tuple(block for block in self.blocks if isinstance(block, Thought))
        return (Thought(self.reasoning, self.signature),) if self.reasoning else ()


def interleaved(*blocks: Block) -> Replies:
    """Return an answer of *blocks*, in this order."""
    calls = [block for block in blocks if isinstance(block, Call)]
    texts = [block for block in blocks if isinstance(block, str)]
    return Replies(
        text="".join(texts) if texts else None,
        reasoning="".join(block.text for block in blocks if isinstance(block, Thought)),
        calls=calls,
        finish_reason=FinishReason.TOOL_CALLS if calls else FinishReason.STOP,
        blocks=blocks,
    )


@attrs.frozen
class Echoes:
    """The provider answers with the text of the last user message, to distinguish the answers to many requests."""


@attrs.frozen(kw_only=True, repr=False)
class Fails(BriefRepr):
    """The provider refuses with an HTTP status and its own error body; `reason` is the cause that the body names.

    `retry_after` is in seconds, sent in the provider's own form; `headers` are sent as they are.
    """

    status: int
    reason: Literal["context_window", "content_policy", "quota"] | None = None
    retry_after: float | None = None
    headers: tuple[tuple[str, str], ...] = ()
    message: str = "it went wrong"


_COUNTED_LEADING = 2  # events that `Breaks.after` counts although they have no text

Break: TypeAlias = Literal[
    "cut", "reset", "end", "unfinished", "silence", "drip", "bad_json", "error", "inner_error", "failed_finish"
]


@attrs.frozen(kw_only=True, repr=False)
class Breaks(BriefRepr):
    """The provider begins *reply* and breaks off after `after` events (without streaming: in the middle of its body).

    A stream with more than two events before its first text has those in addition: see `events_sent`.

    cut: the connection is closed; reset: it is reset; end: the body ends properly, without a finish reason; unfinished:
    the whole reply and a proper end, but no finish reason; silence: no more bytes; drip: keep-alives and no event;
    bad_json: an event that is not JSON; error: the provider reports *failure*; inner_error: *failure* stands within the
    last event that is sent, or within the whole body, beside the text; failed_finish: the whole reply, and a finish
    reason that means a failure. After `patience` seconds of silence or keep-alives the provider closes the connection,
    so that no test can hang. With `blank` a chunk without text follows each keep-alive of a stream.
    """

    how: Break
    after: int = 3
    reply: Replies = Replies(text="A rather long answer.")
    patience: float = 2.0
    failure: Fails = Fails(status=500)
    blank: bool = False

    def events_sent(self, leading: int) -> int:
        """Return how many events come before the break in a stream with *leading* events before its first text.

        They are `after`, and of the leading ones those beyond two, so that the same text arrives from every wire.
        """
        return self.after + max(0, leading - _COUNTED_LEADING) if self.after else 0


@attrs.frozen(kw_only=True)
class Sends:
    """The provider sends exactly this body; with `stalls` it sends no end, and closes after `patience` seconds."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    stalls: bool = False
    patience: float = 2.0


@attrs.frozen(kw_only=True)
class Redirects:
    """The provider redirects the caller to another origin, which would answer."""

    status: int = 307


@attrs.frozen
class Refuses:
    """The provider does not listen: connections are refused."""


@attrs.frozen(kw_only=True)
class HangsUp:
    """The provider reads the request and sends no answer.

    close: it closes the connection; reset: it resets it; silence: it sends nothing for `patience` seconds, and closes;
    drip: for so long it sends a head, byte by byte.
    """

    how: Literal["close", "reset", "silence", "drip"] = "close"
    patience: float = 2.0


Scenario: TypeAlias = Replies | Echoes | Fails | Breaks | Sends | Redirects | Refuses | HangsUp
