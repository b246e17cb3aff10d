"""The third-party mock servers, each started once; skipped with its name if it is not installed."""

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
from .processes import HERE, mock_server

PYTHON = HERE.parents[1] / ".venv-third-party-mocks" / "bin" / "python"
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
    return tmp_path_factory.mktemp("third_party_mocks")


@pytest.fixture(scope="session")
def llmock(logs: Path) -> Iterator[LLMock]:
    """Return llmock, which plays the behaviours that `script` sets."""
    with _llmock(logs / "llmock.log", "--tool-mode=auto") as control:
        yield LLMock(_url(control), control)


@pytest.fixture(scope="module")
def chaotic_llmock(logs: Path) -> Iterator[LLMock]:
    """Return an llmock that plays random faults."""
    faults = ("--stream-fault=disconnect=0.2", "--stream-fault=truncate=0.2", "--stream-fault=malformed=0.2")
    rates = ("--error-rate=429=0.15", "--error-rate=500=0.15", "--error-rate=529=0.1", "--latency-ms=5")
    with _llmock(logs / "chaotic_llmock.log", *rates, *faults) as control:
        yield LLMock(_url(control), control)


@pytest.fixture(scope="module")
def strict_llmock(logs: Path) -> Iterator[LLMock]:
    """Return an llmock with a quota and a context window."""
    with _llmock(logs / "strict_llmock.log", "--rpm=2", "--context-window=100") as control:
        yield LLMock(_url(control), control)


@pytest.fixture(scope="session")
def aimock(logs: Path) -> Iterator[AIMock]:
    """Return aimock, which answers from fixtures and accepts one key."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("aimock needs Node, which is not installed")
    if not AIMOCK.is_dir():
        pytest.skip("aimock is not installed: make third-party-mocks")
    command = [node, f"--random-seed={SEED}", "launch_aimock.mjs", "--log-level=warn", "--strict", "--chunk-size=8"]
    environment = {**os.environ, "AIMOCK_API_KEYS": KEY}
    (logs / "fixtures").mkdir()
    (logs / "fixtures" / "one.json").write_text('{"fixtures": [{"match": {}, "response": {"content": "-"}}]}')
    with mock_server(
        [*command, "--fixtures", str(logs / "fixtures"), "--port"],
        ready="/__aimock/health",
        log=logs / "aimock.log",
        environment=environment,
        key=KEY,
    ) as control:
        yield AIMock(_url(control), control)


def _llmock(log: Path, *options: str) -> AbstractContextManager[httpx.Client]:
    if not PYTHON.exists():
        pytest.skip("llmock is not installed: make third-party-mocks")
    command = [str(PYTHON), "launch_llmock.py", str(SEED), "serve", "--log-level=warning", *options, "--port"]
    return mock_server(command, ready="/health", log=log, environment=os.environ)


def _url(control: httpx.Client) -> str:
    return str(control.base_url).rstrip("/")


@pytest.fixture(scope="package", autouse=True)
def _import_litellm_and_close_clients() -> Iterator[None]:
    litellm_module.litellm()  # takes seconds, which must not count towards a timeout
    yield
    import litellm  # after the adapter, which imports it without its log output

    litellm.in_memory_llm_clients_cache.flush_cache()
    for _ in range(5):  # objects that one collection frees release others
        gc.collect()
