"""The fake provider as a program: its lines, its end, and each scenario for a plain HTTP client."""

import http.client
import io
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from llm_core.cli.console import Screen
from llm_core.cli.main import run
from llm_core.cli.played_scenarios import PlayedScenarios, shown
from llm_core.testing import Fails, FakeProvider, Refuses, Replies, Scenario
from llm_core.testing.dialects.anthropic_messages import AnthropicMessages
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.testing.fake_provider.named_scenarios import listed_scenarios, scenario_named

BODY = {"model": "any", "messages": [{"role": "user", "content": "Hi.\x1b[31m"}]}
TOOL = {"type": "function", "function": {"name": "f", "description": "", "parameters": {"type": "object"}}}


@contextmanager
def played(*scenarios: Scenario) -> Iterator[tuple[FakeProvider, io.StringIO]]:
    """Yield a provider that plays *scenarios* one after another, and its lines."""
    out = io.StringIO()
    chosen = PlayedScenarios(OpenAIChat(), scenarios, Screen(out, io.StringIO()))
    with FakeProvider(chosen.next) as provider:
        yield provider, out


def posted(url: str, path: str = "/v1/chat/completions", **fields: object) -> int:
    """Return the status of the answer to a request, 0 where none came."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        connection.request("POST", path, json.dumps({**BODY, **fields}), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
    return answer.status


def test_each_request_gets_the_next_scenario_and_is_one_line() -> None:
    with played(Fails(status=429, reason="quota"), Replies()) as (provider, out):
        statuses = [
            posted(provider.url, "/v1/chat/completions?key=secret"),
            posted(provider.url, "/nowhere"),
            posted(provider.url, stream=True, tools=[TOOL]),
            posted(provider.url, messages=[{"role": "user", "content": "x" * 100}]),
            posted(provider.url, model="other", messages=[{"role": "system", "content": "Be brief."}]),
        ]

    assert [429, 400, 200, 200, 200] == statuses
    assert [
        "1  POST /v1/chat/completions  any, 1 message, 'Hi.\\x1b[31m'  -> fails with 429, quota",
        "2  POST /nowhere  -> 400, cannot be read: path: /nowhere is not served; the paths served end with /cha...",
        "3  POST /v1/chat/completions  any, 1 message, 1 tool, stream, 'Hi.\\x1b[31m'  -> replies",
        f"4  POST /v1/chat/completions  any, 1 message, '{'x' * 60}...'  -> replies",
        "5  POST /v1/chat/completions  other, 1 message  -> replies",
    ] == out.getvalue().splitlines()


@pytest.mark.parametrize("text", [text for text, _ in listed_scenarios() if text != "refuses"])
@pytest.mark.parametrize("stream", [True, False])
def test_every_scenario_is_played_to_a_plain_client(text: str, stream: bool) -> None:
    name, _, value = text.partition("=")
    values = {"TEXT": "Hi.", "STATUS": "307", "EVENTS": "2", "BODY": "<html>", "HOW": "close"}
    patience = ",patience=0.1" if name.startswith(("silence", "drip")) else ""
    scenario = scenario_named((f"{name}={values[value]}" if value else name) + patience)

    with played(scenario) as (provider, out):
        posted(provider.url, stream=stream)

    assert out.getvalue().endswith(f"  -> {shown(scenario)}\n")


def test_what_the_provider_never_sends_is_refused() -> None:
    with pytest.raises(ValueError, match="inner error after 3: anthropic_messages never sends an error beside text"):
        PlayedScenarios(AnthropicMessages(), [scenario_named("inner-error")], Screen(io.StringIO(), io.StringIO()))


def test_what_the_provider_sends_in_streams_alone_is_an_error_elsewhere() -> None:
    out = io.StringIO()
    scenario = scenario_named('replies,calls=[{"name": "f", "arguments_text": "{", "id": "1"}]')
    chosen = PlayedScenarios(AnthropicMessages(), [scenario], Screen(out, io.StringIO()))

    with FakeProvider(chosen.next, "anthropic_messages") as provider:
        status = posted(provider.url, "/v1/messages", max_tokens=9)

    assert 501 == status
    assert out.getvalue().endswith("  -> fails with 501\n")


def test_nothing_follows_a_provider_that_refuses_connections() -> None:
    screen = Screen(io.StringIO(), io.StringIO())

    assert Refuses() == PlayedScenarios(OpenAIChat(), [Refuses()], screen).only
    assert PlayedScenarios(OpenAIChat(), [Replies()], screen).only is None
    with pytest.raises(ValueError, match="refuses: nothing listens"):
        PlayedScenarios(OpenAIChat(), [Replies(), Refuses()], screen)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_program_serves_until_a_signal_ends_it(number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "both.json").write_text('[{"scenario": "fails", "status": 500}, {"scenario": "replies"}]')
    command = [sys.executable, "-m", "llm_core", "fake-provider", "--port", "0", "--scenario"]
    with subprocess.Popen(
        [*command, str(tmp_path / "both.json")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        url = first.split()[-1]
        statuses = [posted(url), posted(url)]
        process.send_signal(number)
        out, err = process.communicate(timeout=30)

    assert "openai_chat on http://127.0.0.1:" == first[:32]
    assert ([500, 200], 0, "", 2) == (statuses, process.returncode, err, out.count("\n"))


def test_a_run_in_this_process_gives_the_signals_back(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr("threading.Event.wait", lambda *_: signal.raise_signal(signal.SIGINT))

    code = run(["fake-provider", "--port", "0", "--scenario", "refuses"])

    assert (0, before) == (code, signal.getsignal(signal.SIGINT))
    assert capsys.readouterr().out.startswith("openai_chat on http://127.0.0.1:")


def test_dialects_and_scenarios_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["fake-provider", "--list"])

    lines = capsys.readouterr().out.splitlines()
    assert 0 == code
    assert "anthropic_messages\t/v1/messages" in lines
    assert "cut-after=EVENTS\tthe connection is closed in the middle of the answer" in lines


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dialect", "openai"], "dialect: no 'openai'; there are openai_chat, openai_responses,"),
        (["--scenario", "nope"], "no scenario 'nope'; there are replies,"),
        (["--scenario", "{folder}/none.json"], "{folder}/none.json: No such file or directory"),
        (["--scenario", "{folder}/wrong.json"], "{folder}/wrong.json: $: expected an object"),
        (["--port", "-1"], "--port: must lie between 0 and 65535, got -1"),
    ],
)
def test_wrong_usage_is_one_line(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wrong.json").write_text("7")

    code = run(["fake-provider", *(option.format(folder=tmp_path) for option in options)])

    err = capsys.readouterr().err
    assert 2 == code
    assert err.startswith(f"llm-core: {message.format(folder=tmp_path)}")
    assert 1 == err.count("\n")


def test_a_port_in_use_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code = run(["fake-provider", "--port", str(port)])

    assert (2, f"llm-core: --port {port}: Address already in use\n") == (code, capsys.readouterr().err)
