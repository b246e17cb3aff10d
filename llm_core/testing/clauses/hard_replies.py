"""Replies and failures for the laws: those that broke other adapters, and generated ones."""

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from llm_core.domain.responses import FinishReason
from llm_core.domain.usage import Usage
from llm_core.testing import strategies
from llm_core.testing.hard_values import HARD_TEXTS, LONG, long_text
from llm_core.testing.scenarios import Break, Breaks, Call, Fails, Replies

from .error_comparison import Failing
from .sample_requests import CLOCK, HARD_TEXT, REQUEST_WITH_TOOLS, WEATHER

_LONG_ID = f"call_{'0123456789abcdef' * 5}"  # 85 characters
_TWINS = [Call(id=f"call_{index}", name=WEATHER.name, arguments_text='{"city": "Ålesund 🜁"}') for index in range(2)]
_NUMBERS = Call(
    id=_LONG_ID,
    name=CLOCK.name,
    arguments_text='{"one": 1, "float": 1.0, "big": 123456789012345678901234567890, "tiny": 1e-7, "null": null}',
)
_LONG_NAME = Call(id="call_long", name=f"get_{'x' * 200}", arguments_text="{}")
_ENDLESS = Call(id="call:9/=+", name=CLOCK.name, arguments_text='{"endless": 1e400}')  # no finite number
# More calls than one digit counts, so that an order by text shows; each has arguments of its own.
_MANY = [Call(id=f"call_{n}", name=WEATHER.name, arguments_text=f'{{"city": "Oslo {n}"}}') for n in range(12)]
_ZEROS = Usage(input_tokens=0, output_tokens=0, cache_read_tokens=0, reasoning_tokens=0)
_CACHED = Usage(input_tokens=70, output_tokens=50, cache_read_tokens=30, reasoning_tokens=20)

# Examples that broke other adapters come first, so that an adapter that they break fails in every run.
HARD_REPLIES = (
    Replies(text=HARD_TEXT, chunk_size=5, packet_size=1),
    Replies(text="Looking.", calls=_TWINS, finish_reason=FinishReason.LENGTH, chunk_size=1),
    Replies(text=HARD_TEXT, reasoning=HARD_TEXT, calls=_TWINS, chunk_size=3, packet_size=7, usage=_CACHED),
    Replies(text=None, calls=_TWINS, finish_reason=FinishReason.TOOL_CALLS, usage=None, id=None),
    Replies(text="", finish_reason=FinishReason.LENGTH, usage=_CACHED),
    Replies(text="\n\nThe ﬁrst A\u030a", reasoning="\n\nThe ﬁrst A\u030a \n", finish_reason=FinishReason.LENGTH),
    Replies(text=None, calls=[_NUMBERS, _TWINS[0]], usage=_ZEROS, model=None),
    Replies(text="A number.", calls=[_ENDLESS]),
    Replies(text="A name.", calls=[_LONG_NAME]),
    Replies(text=None, refusal="\n\nI can't help with that. \n", usage=_CACHED, id=None, model=None),
    Replies(text="A part.", finish_reason=FinishReason.CONTENT_FILTER, usage=_CACHED),
    Replies(text="Twelve.", calls=_MANY, finish_reason=FinishReason.TOOL_CALLS),
    Replies(text="".join(HARD_TEXTS), reasoning="".join(HARD_TEXTS), chunk_size=1_000),
    # Deltas that repeat the one before, and blank ones: at the beginning, within, and at the end.
    Replies(text="\n\n\n\n  hahaha\n\n\n\n    \n\nhaha\n\n    ", reasoning="\n\n  ohohoh\n\n  ", chunk_size=2),
    Replies(text="Another end.", finish_reason="Wombat-2", usage=_ZEROS, id="answer:" + _LONG_ID),
)

LONG_EVENT = Replies(text=f"{long_text()}The end.", chunk_size=LONG)
"""An answer whose stream has an event beyond some limits on a line (asyncio: 64 KiB)."""

_WORDS = ("it went wrong", 'Größe «80 %» {0} \\ "quoted"\n\tand a second line', "x" * 3_000)
_STATUSES = (400, 401, 402, 403, 404, 408, 409, 422, 451, 500, 502, 504, 529, 599)

HARD_FAILURES: tuple[Failing, ...] = (
    *(Fails(status=status, retry_after=1.5, message=_WORDS[1]) for status in _STATUSES),
    Fails(status=429, reason="quota", retry_after=90.0),
    Fails(status=400, reason="context_window", retry_after=0.0),
    Fails(status=400, reason="content_policy", retry_after=0.25),
    Breaks(how="error", failure=Fails(status=429, retry_after=7.0), after=4),
    Breaks(how="end", after=4, reply=Replies(text="\n\nIt begins with two line feeds.")),
    # White space ends the first 8, 12 and 16 characters: one of them is what arrives, by the events before the text.
    Breaks(how="end", after=4, reply=Replies(text="It rain and\nsun shine all day long.")),
)


_COUNTS = st.integers(0, 10**9)
_USAGES = st.sampled_from([None, _ZEROS, _CACHED]) | st.builds(Usage, input_tokens=_COUNTS, output_tokens=_COUNTS)
_ENDS = st.sampled_from([*FinishReason, "wombat", "Wombat_2"])
_MODELS = st.sampled_from([None, "fake-provider-1", "fake/Provider:2@2026"])
_ANSWER_IDS = st.sampled_from([None, "answer-1", _LONG_ID])


@st.composite
def replies(draw: DrawFn, *, with_tools: bool) -> Replies:
    """Generate answers of every end, with any counts of tokens, and with or without the provider's id and model."""
    return attrs.evolve(
        draw(strategies.replies(REQUEST_WITH_TOOLS.tools if with_tools else ())),
        finish_reason=draw(_ENDS),
        usage=draw(_USAGES),
        model=draw(_MODELS),
        id=draw(_ANSWER_IDS),
    )


def failures() -> SearchStrategy[Failing]:
    """Generate refusals with any status and wait, and answers that break off."""
    waits = st.none() | st.sampled_from([0.0, 0.25, 1.5, 7.0, 61.0, 86_400.0])
    refused = st.builds(
        Fails,
        status=st.sampled_from(_STATUSES) | st.integers(400, 599),
        retry_after=waits,
        message=st.sampled_from(_WORDS),
    )
    how: SearchStrategy[Break] = st.sampled_from(["cut", "end", "unfinished", "bad_json", "error"])
    words = st.text("a \nÅ🜁", min_size=24, max_size=40).map("\n{}.".format)
    broken = st.builds(Breaks, how=how, after=st.integers(4, 6), reply=st.builds(Replies, text=words))
    return refused | broken
