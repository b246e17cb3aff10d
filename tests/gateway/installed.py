"""Where the gateway, its Redis and a newer LiteLLM are installed, and what is missing."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".venv-gateway"
PYTHON = ENVIRONMENT / "bin" / "python"
NEWEST = ENVIRONMENT / "newest"
"""LiteLLM alone, in a newer version, that lies over the locked one by PYTHONPATH."""
_UNPACKED = ENVIRONMENT / "redis"


def missing() -> str:
    """Return what is not installed here; empty if all is there."""
    if not (ENVIRONMENT / ".is-installed").exists():
        return "the gateway is not installed: `make gateway` installs it"
    return "" if redis_program() else "there is no redis-server here, and no Debian package of it was found"


def redis_program() -> str:
    """Return the path of redis-server: installed, or unpacked into the environment; empty if there is none."""
    unpacked = _UNPACKED / "usr" / "bin" / "redis-server"
    return shutil.which("redis-server") or (str(unpacked) if unpacked.exists() else "")


def redis_environment() -> Mapping[str, str]:
    """Return the variables that a Redis which was unpacked needs: where its libraries are."""
    libraries = [str(path) for path in _UNPACKED.glob("usr/lib/*-linux-*")]
    return {"PATH": os.defpath, "LD_LIBRARY_PATH": os.pathsep.join(libraries)}
