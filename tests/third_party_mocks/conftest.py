"""The judges, each started once, and skipped by name where it is not installed."""

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from llm_core.adapters.litellm import litellm_module

from .aimock_server import AIMock
from .calling import DIALECTS, KEY, LANES, Dialect, Lane
from .llmock_server import LLMock
from .processes import HERE, judge

PYTHON = HERE.parents[1] / ".venv-judges" / "bin" / "python"
AIMOCK = HERE / "node_modules" / "@copilotkit" / "aimock"
SEED = 7


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return request.param  # type: ignore[no-any-return]  # pytest's parameters are Any


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest) -> Lane:
    return request.param  # type: ignore[no-any-return]  # pytest's parameters are Any


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("judges")


@pytest.fixture(scope="session")
def llmock(logs: Path) -> Iterator[LLMock]:
    """The judge that does what its script says."""
    with _llmock(logs / "llmock.log", "--tool-mode=auto") as control:
        yield LLMock(_url(control), control)


@pytest.fixture(scope="module")
def chaotic_llmock(logs: Path) -> Iterator[LLMock]:
    """The same, throwing dice for every request."""
    faults = ("--stream-fault=disconnect=0.2", "--stream-fault=truncate=0.2", "--stream-fault=malformed=0.2")
    rates = ("--error-rate=429=0.15", "--error-rate=500=0.15", "--error-rate=529=0.1", "--latency-ms=5")
    with _llmock(logs / "chaotic_llmock.log", *rates, *faults) as control:
        yield LLMock(_url(control), control)


@pytest.fixture(scope="module")
def strict_llmock(logs: Path) -> Iterator[LLMock]:
    """The same, with a quota and a context window."""
    with _llmock(logs / "strict_llmock.log", "--rpm=2", "--context-window=100") as control:
        yield LLMock(_url(control), control)


@pytest.fixture(scope="session")
def aimock(logs: Path) -> Iterator[AIMock]:
    """The judge that answers from fixtures, and knows one key."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node here, which the judge aimock runs on")
    if not AIMOCK.is_dir():
        pytest.skip("the judge aimock is not installed: make judges")
    command = [node, f"--random-seed={SEED}", "launch_aimock.mjs", "--log-level=warn", "--strict", "--chunk-size=8"]
    environment = {**os.environ, "AIMOCK_API_KEYS": KEY}
    (logs / "fixtures").mkdir()
    (logs / "fixtures" / "one.json").write_text('{"fixtures": [{"match": {}, "response": {"content": "-"}}]}')
    with judge(
        [*command, "--fixtures", str(logs / "fixtures"), "--port"],
        ready="/__aimock/health",
        log=logs / "aimock.log",
        environment=environment,
        key=KEY,
    ) as control:
        yield AIMock(_url(control), control)


def _llmock(log: Path, *options: str) -> AbstractContextManager[httpx.Client]:
    if not PYTHON.exists():
        pytest.skip("the judge llmock is not installed: make judges")
    command = [str(PYTHON), "launch_llmock.py", str(SEED), "serve", "--log-level=warning", *options, "--port"]
    return judge(command, ready="/health", log=log, environment=os.environ)


def _url(control: httpx.Client) -> str:
    return str(control.base_url).rstrip("/")


@pytest.fixture(scope="package", autouse=True)
def _import_and_let_go() -> Iterator[None]:
    litellm_module.litellm()  # seconds, which are no part of anyone's patience
    yield
    import litellm  # not before the adapter has: it knows how to import it quietly

    litellm.in_memory_llm_clients_cache.flush_cache()
    for _ in range(5):  # what one collection frees lets go of more
        gc.collect()
