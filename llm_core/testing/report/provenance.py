"""Where things come from: an adapter's name and version, and the lines of code that a failure came through."""

import sys
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest

_WRAPPERS = ("llm_core.ports.", "llm_core.wrappers.")
_SUITE = "llm_core.testing."


def adapter_name(chat: object) -> str:
    """Return the full name of the class of *chat*, or of what our own wrappers wrap."""
    kind = type(chat)
    inner = vars(chat).get("_chat") if kind.__module__.startswith(_WRAPPERS) else None
    return f"{kind.__module__}.{kind.__qualname__}" if inner is None else adapter_name(inner)


def version_of(name: str) -> str:
    """Return the version of the distribution that *name* comes from, as in ``acme-chat 1.2``; empty if nobody tells."""
    package = name.partition(".")[0]
    module = sys.modules.get(package)
    file = getattr(module, "__file__", None) or ""
    for owner in map(distribution, packages_distributions().get(package, ())):
        if Path(file).is_relative_to(str(owner.locate_file(""))):  # and not another's of the same name, such as `tests`
            return f"{owner.name} {owner.version}"
    told: object = getattr(module, "__version__", None)
    return f"{package} {told}" if isinstance(told, str) else ""


def places(caught: pytest.ExceptionInfo[BaseException], *modules: str) -> list[str]:
    """Return where the failure came through: the deepest line in a package of *modules*, then the clause's own line."""
    own = tuple(f"{module.rpartition('.')[0] or module}." for module in modules)
    found: dict[bool, str] = {}
    for entry in caught.traceback:
        module = f"{entry.frame.f_globals.get('__name__', '')}."
        in_suite = module.startswith(_SUITE)
        if in_suite or module.startswith(own):
            found[in_suite] = f"{_short(Path(entry.path))}:{entry.lineno + 1} in {entry.name}"
    return [found[key] for key in (False, True) if key in found]


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
