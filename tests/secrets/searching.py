"""Collects every text that is reachable from a failed call, and searches it for secrets."""

import copy
import pickle
import traceback
from collections.abc import Iterator, Mapping
from types import TracebackType

import attrs
from rich.pretty import pretty_repr

from llm_core.domain.errors import ChatError


def found(places: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, list[str]]:
    """Return for each of *secrets* that was found, by name, the places that show it."""
    places_by_name = {
        name: [place for place, text in places.items() if secret in text] for name, secret in secrets.items()
    }
    return {name: seen for name, seen in places_by_name.items() if seen}


def places_of(error: ChatError, prompt: str) -> dict[str, str]:
    """Return what each representation of *error* shows; the detail may hold the *prompt*, and is searched for keys."""
    without_detail = copy.copy(error)
    without_detail.detail = None
    return {
        "str": str(error),
        "repr": repr(error),
        "args": repr(error.args),
        "detail": (error.detail or "").replace(prompt, ""),
        "notes": repr(getattr(error, "__notes__", ())),
        "request id": str(error.request_id),
        "traceback": "".join(traceback.format_exception(error)),
        "pickle": pickle.dumps(without_detail).decode("latin-1"),
        "graph": " ".join(_graph(error, set())),
        "locals": " ".join(shown_locals(error)).replace(prompt, ""),  # the caller's own request holds it
    }


def shown_locals(error: BaseException) -> Iterator[str]:
    """Yield what error reporters show of the locals of our frames that *error* and its links passed.

    Sentry and `traceback` show the repr; rich walks into values and cuts long texts.
    """
    links, seen = [error], set[int]()
    while links:
        link = links.pop()
        links += [other for other in (link.__cause__, link.__context__) if other is not None]
        for frame, _ in traceback.walk_tb(link.__traceback__):
            if "/llm_core/" in frame.f_code.co_filename and id(frame) not in seen:
                seen.add(id(frame))
                for name, value in list(frame.f_locals.items()):
                    yield f"{frame.f_code.co_qualname}: {name} = {_shown(value)}"


def _shown(value: object) -> str:
    try:
        return f"{value!r} {pretty_repr(value, max_length=20, max_string=80, max_depth=6)}"
    except AttributeError:  # of an object whose __init__ has failed
        return f"<{type(value).__name__}>"


def _graph(value: object, seen: set[int]) -> Iterator[str]:
    """Yield every text that is reachable from an error (links, fields, frames), except detail and partial."""
    if id(value) in seen:
        return
    seen.add(id(value))
    match value:
        case str() | bytes():
            yield str(value)
        case BaseException():
            own = {name: field for name, field in vars(value).items() if name not in ("detail", "partial")}
            for link in (value.__cause__, value.__context__, value.args, own, *_errors_in_frames(value)):
                yield from _graph(link, seen)
        case Mapping():
            yield from _graph((*value.keys(), *value.values()), seen)
        case list() | tuple() | set():
            for item in value:
                yield from _graph(item, seen)
        case _ if attrs.has(type(value)) or hasattr(value, "__dict__"):
            yield repr(value)


def _errors_in_frames(error: BaseException) -> Iterator[BaseException]:
    traces, seen = [error.__traceback__], set[int]()
    while traces:
        for frame, _ in traceback.walk_tb(traces.pop()):
            if "/llm_core/" not in frame.f_code.co_filename or id(frame) in seen:
                continue
            seen.add(id(frame))
            values = list(frame.f_locals.values())
            yield from (local for local in values if isinstance(local, BaseException))
            traces += [local for local in values if isinstance(local, TracebackType)]
