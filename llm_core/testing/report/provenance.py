"""The name and version of an adapter, and the lines of code that a failure passed through."""

import sys
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest

_WRAPPERS = ("llm_core.ports.", "llm_core.wrappers.")
_SUITE = "llm_core.testing."


def adapter_name(chat: object) -> str:
    """Return the full class name of *chat*, or of the (first) chat inside our own wrappers."""
    class_ = type(chat)
    inner = _wrapped(chat) if class_.__module__.startswith(_WRAPPERS) else None
    return f"{class_.__module__}.{class_.__qualname__}" if inner is None else adapter_name(inner)


def _wrapped(chat: object) -> object:
    chats: tuple[object, ...] = getattr(chat, "chats", (None,))
    inner: object = getattr(chat, "_chat", chats[0])
    return inner


def version_of(name: str) -> str:
    """Return the name and version of the distribution of *name*, such as ``acme-chat 1.2``; empty if unknown."""
    package = name.partition(".")[0]
    module = sys.modules.get(package)
    file = getattr(module, "__file__", None) or ""
    for owner in map(distribution, packages_distributions().get(package, ())):
        if Path(file).is_relative_to(
            str(owner.locate_file(""))
        ):  # not another distribution's package of the same name, such as `tests`
            return f"{owner.name} {owner.version}"
    version: object = getattr(module, "__version__", None)
    return f"{package} {version}" if isinstance(version, str) else ""


def places(caught: pytest.ExceptionInfo[BaseException], *modules: str) -> list[str]:
    """Return the lines that a failure passed through: the deepest in the packages of *modules*, then the clause's."""
    own = tuple(f"{module.rpartition('.')[0] or module}." for module in modules)
    found: dict[bool, str] = {}
    in_clause = False
    for entry in caught.traceback:
        module = f"{entry.frame.f_globals.get('__name__', '')}."
        in_suite = module.startswith(_SUITE)
        is_clause = in_suite and entry.name.startswith("test_")
        if is_clause or (in_suite and not in_clause) or module.startswith(own):
            found[in_suite] = f"{_short(Path(entry.path))}:{entry.lineno + 1} in {entry.name}"
        in_clause = in_clause or is_clause
    return [found[key] for key in (False, True) if key in found]


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
