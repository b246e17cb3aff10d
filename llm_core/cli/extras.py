"""Whether what a command needs is installed."""

from importlib.util import find_spec

from llm_core.domain.errors import ConfigurationError


def require_testing(what: str, *modules: str) -> None:
    """Raise ConfigurationError if one of *modules* is missing, which the extra ``testing`` installs."""
    if missing := [name for name in modules if find_spec(name) is None]:
        raise ConfigurationError(f'{what} needs {" and ".join(missing)}: pip install "llm-core[testing]"')
