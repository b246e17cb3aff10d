import io

import pytest
from rich.console import Console

from llm_core.cli.live_markdown import LiveMarkdown, split_blocks, tail

ANSWER = """# Blue

The sky [scatters](https://acme.test/evil) light, `<b>not</b>` <i>red</i>.

1. one

2. two

```python
x = 1

y = 2
```

The end\x1b]0;title\x07\u202e."""


def rendered(chunks: list[str], *, width: int = 60, height: int = 30) -> str:
    """Return what a terminal that cannot move its cursor shows of the text in *chunks*."""
    out = io.StringIO()
    view = LiveMarkdown(Console(file=out, force_terminal=False, width=width, height=height, highlight=False))
    for chunk in chunks:
        view.feed(chunk)
    view.end()
    view.end()
    return out.getvalue()


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_nothing_of_an_answer_is_lost_however_it_arrives(size: int) -> None:
    seen = rendered([ANSWER[start : start + size] for start in range(0, len(ANSWER), size)])

    lines = [" ".join(line.split()) for line in seen.splitlines() if line.strip()]
    for text in ("scatters (https://acme.test/evil)", "<b>not</b> <i>red</i>", "1 one", "2 two", "x = 1", "y = 2"):
        assert text in " ".join(lines)
    assert "The end]0;title." == lines[-1]


@pytest.mark.parametrize(
    ("text", "finished"),
    [
        ("one line", ""),
        ("one\n\n", ""),  # an indented line may follow
        ("one\n\ntwo three", "one\n\n"),
        ("one\n\n12", ""),  # a number of a list, perhaps
        ("one\n\nb\n", "one\n\n"),
        ("1. one\n\n2. two words", ""),
        ("- one\n\n  more of it", ""),
        ("```\na\n\nbcdef", ""),
        ("~~~\n```\n\nbcdef\n~~~\n\nafter it", "~~~\n```\n\nbcdef\n~~~\n\n"),
        ("````\n```\n\nbcdef", ""),
    ],
)
def test_a_block_is_finished_once_nothing_can_change_it(text: str, finished: str) -> None:
    assert (finished, text[len(finished) :]) == split_blocks(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\n", "a\nb\n"),
        ("a\nb\nc\nd\n", "b\nc\nd\n"),
        ("```py\na\nb\nc\nd\n", "```py\nb\nc\nd\n"),
        ("```py\na\n```\nb\nc\nd\n", "b\nc\nd\n"),
    ],
)
def test_what_is_drawn_fits_on_the_screen(text: str, shown: str) -> None:
    assert shown == tail(text, 80, 3)


def test_an_unfinished_block_is_drawn_while_it_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = io.StringIO()
    view = LiveMarkdown(Console(file=out, force_terminal=True, width=40, height=10))

    view.feed("The **sky**")
    drawn = out.getvalue()
    view._drawn = 0.0  # long ago
    view.feed(" is blue.")
    view.end()

    assert "sky" in drawn
    assert "sky" in out.getvalue()[len(drawn) :]
    assert out.getvalue().rstrip().endswith("is blue.")
    assert out.getvalue().count("\x1b[?25l") == out.getvalue().count("\x1b[?25h") == 1  # the cursor is shown again
