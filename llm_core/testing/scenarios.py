"""What the fake provider does: frozen values, a closed union, so that an `arrange` can match over it completely."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs

from llm_core.domain.responses import FinishReason
from llm_core.domain.usage import Usage


@attrs.frozen(kw_only=True)
class Call:
    """A tool call as the provider writes it: any text at all may stand for the arguments; `id` None is no id."""

    name: str
    arguments_text: str
    id: str | None = None


def _calls(values: Sequence[Call]) -> tuple[Call, ...]:
    return tuple(values)


CallLayout: TypeAlias = Literal["in order", "interleaved", "one index", "late ids", "split names", "arguments first"]
Framing: TypeAlias = Literal["usual", "tight", "crlf", "comments"]


@attrs.frozen(kw_only=True)
class Replies:
    """The provider answers. Streams come in deltas of `chunk_size` characters and packets of `packet_size` bytes.

    Between two packets it rests for `pause` seconds. `telling` is how a stream tells calls; by turns: their pieces are
    told apart by the index; one index: all calls have the same, and differ by their ids. `framing` is how server-sent
    events are written; tight: without a space after the colon. With `counting` each event tells what was counted so
    far. A `signature` is the provider's proof of the reasoning, which it wants back. `finish_reason` is one
    of ours (said in the dialect's own word), or a provider's word as it stands; None is an answer that nobody finished.
    `model` and `id` come with every answer, where the provider names it.
    """

    text: str | None = "Hello."
    reasoning: str = ""
    signature: str = ""
    refusal: str = ""
    calls: tuple[Call, ...] = attrs.field(default=(), converter=_calls)
    call_layout: CallLayout = "in order"
    finish_reason: FinishReason | str | None = FinishReason.STOP
    usage: Usage | None = Usage(input_tokens=7, output_tokens=5)  # noqa: RUF009 -- frozen, so it can be shared
    model: str = "fake-provider-1"
    id: str | None = "answer-1"
    chunk_size: int = 4
    packet_size: int | None = None
    pause: float = 0.0
    framing: Framing = "usual"
    counting: bool = False


@attrs.frozen
class Echoes:
    """The provider says back what the user said last, so that answers to many questions can be told apart."""


@attrs.frozen(kw_only=True)
class Fails:
    """The provider refuses with an HTTP status, in its own error body; `reason` is what the body says is wrong.

    `retry_after` is in seconds, told in the provider's own form; `headers` are sent as they stand.
    """

    status: int
    reason: Literal["context_window", "content_policy", "quota"] | None = None
    retry_after: float | None = None
    headers: tuple[tuple[str, str], ...] = ()
    message: str = "it went wrong"


Break: TypeAlias = Literal["cut", "reset", "end", "unfinished", "silence", "drip", "bad_json", "error"]


@attrs.frozen(kw_only=True)
class Breaks:
    """The provider begins *reply* and breaks it after `after` events (without streaming: in the middle of its body).

    cut: the line is cut; reset: it is reset; end: a clean end without a finish; unfinished: all of the reply and its
    proper end, but no reason why it stopped; silence: nothing more comes; drip: keep-alives come and no event;
    bad_json: an event is no JSON; error: the provider reports *failure*. Of itself it hangs up after `patience` seconds
    of silence or dripping, so that no test can hang.
    """

    how: Break
    after: int = 3
    reply: Replies = Replies(text="A rather long answer.")
    patience: float = 2.0
    failure: Fails = Fails(status=500)


@attrs.frozen(kw_only=True)
class Sends:
    """The provider sends this very body."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"


@attrs.frozen(kw_only=True)
class Redirects:
    """The provider sends the caller to another origin, which would answer."""

    status: int = 307


@attrs.frozen
class Refuses:
    """Nobody listens."""


Scenario: TypeAlias = Replies | Echoes | Fails | Breaks | Sends | Redirects | Refuses
