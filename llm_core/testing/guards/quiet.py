"""The promises about a quiet call, by the id of their clause: what is wrong with what the process watch has seen."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from .process_watch import ProcessWatch
from .secrets import longest_in

_SHOWN = 200  # characters
Secrets = Callable[[], Collection[str]]
Problem = Callable[[ProcessWatch, Secrets], str | None]


def _printed(watch: ProcessWatch, _: Secrets) -> str | None:
    text = "".join(watch.output).strip()
    return f"the call wrote to stdout or stderr: {text[:_SHOWN]!r}" if text else None


def _logged(watch: ProcessWatch, secrets: Secrets) -> str | None:
    texts = secrets() if watch.records else ()
    for record in watch.records:
        if found := longest_in(record, texts):
            return f"a log record holds the key or the prompt ({found!r}): {record[:_SHOWN]!r}"
    return None


def _warned(watch: ProcessWatch, _: Secrets) -> str | None:
    return f"the call warned: {watch.warnings[0][:_SHOWN]}" if watch.warnings else None


def _changed(watch: ProcessWatch, _: Secrets) -> str | None:
    return f"the call changed {', '.join(watch.changed)}" if watch.changed else None


QUIET: Mapping[str, Problem] = MappingProxyType(
    {"quiet.output": _printed, "quiet.log": _logged, "quiet.warnings": _warned, "quiet.process": _changed}
)
