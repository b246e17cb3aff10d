"""What is wrong with the message of a clause that failed: an author reads it before anything else."""

import re

MAX_LINES = 12
MAX_WIDTH = 160  # characters
_OBJECTS = re.compile(
    r" object at 0x|<Recorder|^ \+  where|\bassert [(\[]", re.MULTILINE
)  # what pytest shows of values


def message_faults(failure: BaseException | None) -> list[str]:
    """Return what is wrong with the message of *failure*; empty if it has three short parts in their order."""
    messages = [note for note in getattr(failure, "__notes__", ()) if note.startswith("promise")]
    if not messages:
        return ["it has no message"]
    lines = messages[-1].splitlines()
    starts = [word for line in lines for word in ("promise", "seen: ", "look at: ") if line.startswith(word)]
    faults = {
        f"its parts are {starts}": starts != ["promise", "seen: ", "look at: "],
        f"it has {len(lines)} lines": len(lines) > MAX_LINES,
        f"a line has {max(map(len, lines))} characters": max(map(len, lines)) > MAX_WIDTH,
        "it shows objects instead of words": _OBJECTS.search(messages[-1]) is not None,
        "its second line is not what was seen": not lines[1].startswith("seen: "),
    }
    return [f"{name}: {messages[-1]}" for name, is_so in faults.items() if is_so]
