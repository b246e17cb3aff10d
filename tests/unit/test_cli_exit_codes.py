import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from llm_core import (
    AssistantMessage,
    BadResponseError,
    CertificateError,
    ChatError,
    ChatResponse,
    ConfigurationError,
    UserMessage,
)
from llm_core.cli.console import Screen
from llm_core.cli.error_view import report
from llm_core.cli.exit_codes import MEANINGS
from llm_core.cli.main import run
from llm_core.domain.provider_fault import ProviderFault, detached
from llm_core.env_settings import VARIABLES
from llm_core.testing import Breaks, Echoes, Fails, FakeProvider, HangsUp, Refuses, Replies, Scenario, Sends
from llm_core.typed import InvalidAnswerError

SILENT = HangsUp(how="silence", patience=1.0)
INVALID_ANSWER = InvalidAnswerError(
    problems=(("", "no JSON"),),
    text="Oslo.",
    response=ChatResponse(message=AssistantMessage("Oslo.")),
    method="schema",
)
ALMOST_NOTHING = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "")}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def chat_with(scenario: Scenario, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    """Return the exit code of a question to a provider that plays *scenario*."""
    with FakeProvider(scenario) as provider:
        monkeypatch.setenv("LITELLM_CHAT_MODEL", "openai/gpt-5-mini")
        monkeypatch.setenv("LITELLM_API_KEY", "sk-of-the-caller-0123456789")
        monkeypatch.setenv("LITELLM_API_BASE", f"{provider.url}/v1")
        return run(["chat", "hello", *options])


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        (Replies(), 0),
        (Fails(status=401), 3),
        (Fails(status=403), 3),
        (Fails(status=429, reason="quota"), 4),
        (Fails(status=402), 4),
        (Fails(status=400), 5),
        (Fails(status=404), 5),
        (Fails(status=400, reason="context_window"), 5),
        (Fails(status=400, reason="content_policy"), 5),
        (Fails(status=429, retry_after=2), 6),
        (Fails(status=500), 6),
        (HangsUp(), 6),
        (Refuses(), 6),
        (Breaks(how="cut"), 7),
        (Breaks(how="bad_json"), 7),
        (Sends(body=b"<html>", content_type="text/html"), 7),
    ],
    ids=str,
)
def test_each_outcome_of_a_call_has_its_exit_code(
    scenario: Scenario, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = chat_with(scenario, monkeypatch)

    assert code == seen


def test_a_timeout_is_temporary(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = chat_with(SILENT, monkeypatch, "--timeout", "0.1")

    assert 6 == seen


def test_no_key_is_an_error_of_credentials() -> None:
    assert 3 == run(["chat", "--model", "openai/gpt-5-mini", "hello"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ChatError(), 1),
        (CertificateError(), 1),  # trying again does not help
        (LookupError("sk-secret"), 1),
        (ConfigurationError("no such setting"), 2),
        (BadResponseError(), 7),
        (INVALID_ANSWER, 7),
        (KeyboardInterrupt(), 130),
    ],
    ids=str,
)
def test_each_error_class_has_its_exit_code(error: BaseException, code: int) -> None:
    err = io.StringIO()

    seen = report(error, Screen(io.StringIO(), err), debug=False)

    assert code == seen
    assert code in MEANINGS
    assert "sk-secret" not in err.getvalue()


def test_an_error_shows_its_facts_and_below_the_words_of_the_provider(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = Fails(
        status=429,
        retry_after=2,
        headers=(("x-request-id", "req-7"),),
        message="too fast for sk-of-the-caller-0123456789",
    )

    chat_with(failure, monkeypatch)

    first, *words = capsys.readouterr().err.splitlines()
    for fact in ("too many requests", "openai", "openai/gpt-5-mini", "host 127.0.0.1:", "429", "req-7", "after 2"):
        assert fact in first
    assert words
    assert all(line.startswith("  ") for line in words)
    assert "too fast for ****" in "".join(words)


def test_an_error_without_words_of_the_provider_names_its_cause() -> None:
    err = io.StringIO()
    error = detached(ChatError(provider="acme"), ProviderFault("acme.Lost", ""))

    report(error, Screen(io.StringIO(), err), debug=False)

    assert "llm-core: the call failed (provider acme)\n  acme.Lost\n" == err.getvalue()


def test_the_causes_of_an_error_are_in_its_traceback() -> None:
    err = io.StringIO()
    error = detached(ChatError(provider="acme"), ProviderFault("acme.Lost", ""))

    report(error, Screen(io.StringIO(), err), debug=True)

    assert "acme.Lost" in err.getvalue().split("direct cause")[0]


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("opnai/gpt-5-mini", "no provider 'opnai': name the model as provider/model; did you mean openai/gpt-5-mini?"),
        ("antropic/x", "no provider 'antropic': name the model as provider/model; did you mean anthropic/x?"),
        ("together/x", "no provider 'together': name the model as provider/model; did you mean together_ai/x?"),
        ("bedrok/x", "no provider 'bedrok': name the model as provider/model; did you mean bedrock/x?"),
        ("qqqqqqq/x", "no provider 'qqqqqqq': name the model as provider/model"),
        ("openai", "'openai' names no provider: name the model as provider/model; did you mean openai/...?"),
    ],
)
@pytest.mark.parametrize("adapter", ["litellm", "direct"])
def test_an_unknown_provider_is_wrong_usage_that_names_the_nearest_one(
    model: str, sentence: str, adapter: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEFAULT_LLM", adapter)
    if adapter == "direct" and model.startswith("bedrok"):
        sentence = sentence.partition(";")[0]  # LiteLLM alone has it

    code = run(["chat", "--model", model, "hello"])

    assert (2, f"llm-core: {sentence}\n") == (code, capsys.readouterr().err)


def imported_by(arguments: Sequence[str]) -> tuple[list[str], float]:
    """Return the modules that a run of the command imports, and the seconds of CPU that its process takes."""
    script = (
        "import json, sys, time; from llm_core.cli.main import run; run(sys.argv[1:]);"
        "print(json.dumps([sorted(sys.modules), time.process_time()]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=ALMOST_NOTHING,
    )
    modules, seconds = json.loads(done.stdout.splitlines()[-1])
    return modules, seconds


def test_an_unknown_provider_is_found_without_importing_litellm() -> None:
    modules, seconds = imported_by(["chat", "--model", "opnai/gpt-5-mini", "hello"])
    _, control = imported_by(["--help"])

    assert set() == {"litellm", "pydantic", "rich", "httpx", "aiohttp", "httpcore2"} & set(modules)
    assert seconds < 10 * control  # LiteLLM takes seconds


@pytest.mark.parametrize(
    "model", ["openai/gpt-5-mini", "bedrock/anthropic.claude-3", "amazon.nova-pro-v1:0", "publicai/x", "gpt-5-mini"]
)
def test_a_model_that_may_be_served_is_not_refused(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LITELLM_CHAT_MODEL", model)

    run(["doctor"])

    assert "name the model as" not in capsys.readouterr().out


def test_an_address_of_ones_own_may_serve_any_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeProvider(Echoes()) as provider:
        monkeypatch.setenv("DEFAULT_LLM", "direct")
        monkeypatch.setenv("DIRECT_API_KEY", "sk-of-the-caller-0123456789")
        monkeypatch.setenv("DIRECT_API_BASE", f"{provider.url}/v1")
        code = run(["chat", "--model", "openai/team/model", "hello"])

        assert (0, (UserMessage("hello"),)) == (code, provider.recorder.last.messages)
