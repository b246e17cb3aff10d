"""The commands and their options; each run ends with an exit code."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Annotated

import attrs
import typer

from llm_core import __version__
from llm_core.bootstrap import chat_from_settings, effective_lane, effective_wire, example_for
from llm_core.domain.messages import Message
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.env_settings import Settings, effective_settings, settings_from_env

from .console import Screen
from .contract import (
    CONTRACT_HELP,
    Contract,
    Keyword,
    Live,
    Quick,
    ReportFolder,
    RunOptions,
    contract_target,
    run_contract,
    run_live_contract,
)
from .exit_codes import report
from .repl import initial_history, run_chat

NOTHING_CONFIGURED = "no model is configured, so the built-in echo answers; to set one: "

app: typer.Typer = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@attrs.define
class RunState:
    """What `run` must know after a command has failed."""

    debug: bool = False


_HELP = """Chat with a language model, check an adapter, show the settings.

\b
llm-core chat "Why is the sky blue?"
llm-core chat < question.txt > answer.txt
llm-core contract tests.test_my_chat:TestMyChat
llm-core settings
"""
_CHAT_HELP = """Send a question to the model and print the answer.

Without QUESTION, on a terminal: start a session that keeps its history; an empty line or Ctrl-D ends it, Ctrl-C stops
an answer. Without QUESTION, in a pipe: read the question from standard input.

\b
llm-core chat "Why is the sky blue?"
llm-core chat --system "Answer in French." --max-tokens 200
git diff | llm-core chat --system "Review this."
llm-core chat --json "Why is the sky blue?" | jq -r .message.content
"""
Question = Annotated[str | None, typer.Argument(metavar="QUESTION", help="The text of the user message.")]
System = Annotated[str | None, typer.Option(metavar="TEXT", help="Instructions for the model (the system message).")]
Model = Annotated[
    str | None, typer.Option(metavar="MODEL", help="Instead of the configured one, as in openai/gpt-5-mini.")
]
Temperature = Annotated[
    float | None, typer.Option(metavar="NUMBER", help="The sampling temperature; 0 is the least random.")
]
MaxTokens = Annotated[int | None, typer.Option(metavar="TOKENS", help="The most tokens that the model may generate.")]
Timeout = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="The longest wait for the next part of the answer.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the whole response as one JSON document.")]
Version = Annotated[bool, typer.Option("--version", help="Print the version and exit.")]
Debug = Annotated[bool, typer.Option("--debug", help="Print the traceback of an error.")]


def run(arguments: Sequence[str]) -> int:
    """Run the command in *arguments*; return 0, or 1 (failed call), 2 (wrong usage or settings) or 130 (Ctrl-C)."""
    state = RunState()
    try:
        code: object = app(list(arguments), prog_name="llm-core", standalone_mode=False, obj=state)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 -- every exception becomes one line
        return report(error, Screen(sys.stdout, sys.stderr), debug=state.debug)
    return code if isinstance(code, int) else 0


@app.callback(invoke_without_command=True, help=_HELP)
def main(context: typer.Context, *, version: Version = False, debug: Debug = False) -> None:
    """Print the version, or the help if there is no command."""
    context.ensure_object(RunState).debug = debug
    if version:
        typer.echo(f"llm-core {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(help=_CHAT_HELP)
def chat(
    context: typer.Context,
    question: Question = None,
    *,
    system: System = None,
    model: Model = None,
    temperature: Temperature = None,
    max_tokens: MaxTokens = None,
    timeout: Timeout = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Send a question, or start a session."""
    context.ensure_object(RunState).debug |= debug
    screen = Screen(sys.stdout, sys.stderr)
    with _as_usage_error():
        sampling = ChatSettings(temperature=temperature, max_tokens=max_tokens, timeout=timeout)
        history = initial_history(system, _piped(as_json=as_json) if question is None else question)
    with chat_from_settings(_settings_or_echo(model, screen)) as port:
        run_chat(port, partial(_request, model or None, sampling), history, screen, as_json=as_json)


@app.command(help=CONTRACT_HELP)
def contract(
    context: typer.Context,
    contract: Contract = None,
    *,
    live: Live = False,
    model: Model = None,
    report: ReportFolder = None,
    keyword: Keyword = None,
    quick: Quick = False,
    debug: Debug = False,
) -> int:
    """Run a contract."""
    context.ensure_object(RunState).debug |= debug
    screen = Screen(sys.stdout, sys.stderr)
    options = RunOptions(keyword=keyword, folder=report, quick=quick)
    with _as_usage_error():
        target = contract_target(contract, live=live, model=model, quick=quick)
    if target is None:
        return run_live_contract(_settings(model), options, screen)
    return run_contract(target, options, screen)


@app.command()
def settings(context: typer.Context, *, debug: Debug = False) -> None:
    """Show the effective settings, keys masked.

    Each line names a setting, its value, and the environment variable that sets it.
    """
    context.ensure_object(RunState).debug |= debug
    effective = _settings_or_echo(None, screen := Screen(sys.stdout, sys.stderr))
    lane = [("effective lane", lane, "LiteLLM")] if (lane := effective_lane(effective)) else []
    wire = [("effective wire", wire, "")] if (wire := effective_wire(effective)) else []
    screen.table(("setting", "value", "set by"), [*effective_settings(effective), *lane, *wire])


def _settings_or_echo(model: str | None, screen: Screen) -> Settings:
    settings = _settings(model)
    if model or settings.variables:
        return settings
    screen.error(f"{NOTHING_CONFIGURED}{example_for(settings)}")
    return attrs.evolve(settings, adapter="memory")


def _settings(model: str | None) -> Settings:
    settings = settings_from_env()
    return attrs.evolve(settings, model=model) if model else settings


def _piped(*, as_json: bool) -> str | None:
    if not sys.stdin.isatty():
        return sys.stdin.read().rstrip("\n")
    if as_json:
        raise ValueError("--json needs a question")
    return None


def _request(model: str | None, sampling: ChatSettings, messages: Sequence[Message]) -> ChatRequest:
    return ChatRequest(messages=messages, model=model, settings=sampling)


@contextmanager
def _as_usage_error() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
