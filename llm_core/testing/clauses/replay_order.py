"""An answer whose reasoning, text and calls alternate, and the order in which they stand in a JSON body."""

from collections.abc import Iterator, Sequence

from llm_core.testing.scenarios import Block, Call, Thought, interleaved

_BLOCKS: tuple[Block, ...] = (
    Thought("Oslo comes first.", "c2lnbmVkIG9uZQ=="),
    "Looking at Oslo. ",
    Thought("Now its weather.", "c2lnbmVkIHR3bw=="),
    Thought("", "c2lnbmVkIGFsb25l"),  # providers may send the proof of a thought, and keep its text
    "Bergen it is. ",
    Call(id="call_1", name="get_weather", arguments_text='{"city": "Bergen 1"}'),
    Thought("Rome comes next.", "c2lnbmVkIHRocmVl"),
    Call(id="call_2", name="get_weather", arguments_text='{"city": "Bergen 2"}'),
)
ALTERNATING = interleaved(*_BLOCKS)
MARKS = (
    *(mark for thought in ALTERNATING.thoughts for mark in (thought.text, thought.signature) if mark),
    *("Looking at", "Bergen it is"),  # without their ends: the last delta of a text may go back as a part of its own
    *("Bergen 1", "Bergen 2"),
)
"""Texts of which each stands in one place of the answer."""


def marks_in(value: object, marks: Sequence[str]) -> list[str]:
    """Return the *marks* in the texts of a JSON value, in their order; the keys of an object have none."""
    return [mark for text in _texts_in(value) for mark in marks if mark in text]


def _texts_in(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key in sorted(value):
                yield from _texts_in(value[key])
        case list():
            for item in value:
                yield from _texts_in(item)


def require_order(expected: Sequence[str], seen: Sequence[str]) -> None:
    """Raise AssertionError, which names the first difference, unless *seen* is *expected*."""
    __tracebackhide__ = True  # the traceback shows the clause, not this frame
    if expected == seen:
        return
    missing = [mark for mark in expected if mark not in seen]
    lines = ["the answer did not go back as it came:"]
    lines += [f"  missing: {mark!r}" for mark in missing]
    lines += [f"  came: {', '.join(map(repr, expected))}", f"  went: {', '.join(map(repr, seen))}"]
    raise AssertionError("\n".join(lines))
