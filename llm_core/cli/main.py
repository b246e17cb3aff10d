"""The command line: options in, an exit code out."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from traceback import print_exception
from typing import Annotated, Protocol, runtime_checkable

import attrs
import typer

from llm_core import __version__
from llm_core.bootstrap import EXAMPLE, chat_from_settings, lane_in_force
from llm_core.domain.errors import ChatError, ConfigurationError
from llm_core.domain.messages import Message
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.env_settings import Settings, effective_settings, settings_from_env

from . import contract as contract_command
from .console import Screen
from .repl import initial_history, run_chat

NOTHING_CONFIGURED = f"no model is configured, so an echo answers; for example: {EXAMPLE}"
_EXIT_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (KeyboardInterrupt, 130),
    (typer.Abort, 130),
    (ConfigurationError, 2),
    (ChatError, 1),
)

app: typer.Typer = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@attrs.define
class Run:
    """What must be known once a command has failed."""

    debug: bool = False


_EXAMPLES = """Ask a language model from the command line.

\b
llm-core chat "Why is the sky blue?"
llm-core chat < question.txt > answer.txt
llm-core contract tests.test_my_chat:TestMyChat
llm-core settings
"""
_CHAT_HELP = """Show the answer to a question as it comes.

Without a question, on a terminal: a session that keeps its history, until an empty line or Ctrl-D; Ctrl-C stops an
answer. Without a question, in a pipe: the question is read from standard input.

\b
llm-core chat "Why is the sky blue?"
llm-core chat --system "Answer in French." --max-tokens 200
git diff | llm-core chat --system "Review this."
llm-core chat --json "Why is the sky blue?" | jq -r .message.content
"""
Question = Annotated[str | None, typer.Argument(help="What to ask.", show_default=False)]
System = Annotated[str | None, typer.Option(help="What the model is told to be.")]
Model = Annotated[str | None, typer.Option(help="Ask this model, as in openai/gpt-5-mini.")]
Temperature = Annotated[float | None, typer.Option(help="How freely words are chosen; 0 is the least.")]
MaxTokens = Annotated[int | None, typer.Option(help="The longest answer, in tokens.")]
Timeout = Annotated[float | None, typer.Option(help="Seconds to wait for the next words.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write the whole response as one JSON document, for scripts.")]
Version = Annotated[bool, typer.Option("--version", help="Show the version.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def run(arguments: Sequence[str]) -> int:
    """Carry out *arguments* and return the exit code: 0, 1 a failed call, 2 wrong usage or settings, 130 Ctrl-C."""
    state = Run()
    try:
        code: object = app(list(arguments), prog_name="llm-core", standalone_mode=False, obj=state)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 -- whatever it is, it becomes one line
        return report(error, Screen(sys.stdout, sys.stderr), debug=state.debug)
    return code if isinstance(code, int) else 0


def report(error: BaseException, screen: Screen, *, debug: bool) -> int:
    """Tell *error* in one line, or with its traceback to *debug* it, and return the exit code."""
    if debug:
        print_exception(error)
    if isinstance(error, _WrongUsage):
        screen.error(error.format_message())
        return error.exit_code
    for kind, code in _EXIT_CODES:
        if isinstance(error, kind):
            if text := str(error):
                screen.error(text)
            return code
    # its text may quote a key or a prompt
    screen.error(f"unexpected {type(error).__name__}; --debug shows where")
    return 1


@runtime_checkable
class _WrongUsage(Protocol):
    """What typer raises; its class is typer's own in newer releases, and click's in older ones."""

    exit_code: int

    def format_message(self) -> str: ...


@app.callback(invoke_without_command=True, help=_EXAMPLES)
def main(context: typer.Context, *, version: Version = False, debug: Debug = False) -> None:
    """Say the version, or what there is to say."""
    context.ensure_object(Run).debug = debug
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
    """Put a question to the chat that the environment asks for."""
    context.ensure_object(Run).debug |= debug
    screen = Screen(sys.stdout, sys.stderr)
    with _as_wrong_usage():
        sampling = ChatSettings(temperature=temperature, max_tokens=max_tokens, timeout=timeout)
        history = initial_history(system, _piped(as_json=as_json) if question is None else question)
    with chat_from_settings(_chosen(model, screen)) as port:
        run_chat(port, partial(_request, model or None, sampling), history, screen, as_json=as_json)


@app.command(help=contract_command.HELP)
def contract(
    context: typer.Context,
    contract: contract_command.Contract = None,
    *,
    live: contract_command.Live = False,
    model: Model = None,
    report: contract_command.Folder = None,
    keyword: contract_command.Keyword = None,
    quick: contract_command.Quick = False,
    debug: Debug = False,
) -> int:
    """Run the contract."""
    context.ensure_object(Run).debug |= debug
    screen = Screen(sys.stdout, sys.stderr)
    choice = contract_command.Choice(keyword=keyword, folder=report, quick=quick)
    with _as_wrong_usage():
        located = contract_command.wanted(contract, live=live, model=model, quick=quick)
    if located is None:
        return contract_command.check_live(_with_model(model), choice, screen)
    return contract_command.check(located, choice, screen)


@app.command()
def settings(context: typer.Context, *, debug: Debug = False) -> None:
    """Show the settings in force, keys masked, and the variable that each comes from."""
    context.ensure_object(Run).debug |= debug
    told = _chosen(None, screen := Screen(sys.stdout, sys.stderr))
    found = [("takes lane", lane, "LiteLLM")] if (lane := lane_in_force(told)) else []
    screen.table(("setting", "value", "from"), [*effective_settings(told), *found])


def _chosen(model: str | None, screen: Screen) -> Settings:
    told = _with_model(model)
    if model or told.variables:
        return told
    screen.error(NOTHING_CONFIGURED)
    return attrs.evolve(told, adapter="memory")


def _with_model(model: str | None) -> Settings:
    told = settings_from_env()
    return attrs.evolve(told, model=model) if model else told


def _piped(*, as_json: bool) -> str | None:
    if not sys.stdin.isatty():
        return sys.stdin.read().rstrip("\n")
    if as_json:
        raise ValueError("--json needs a question")
    return None


def _request(model: str | None, sampling: ChatSettings, messages: Sequence[Message]) -> ChatRequest:
    return ChatRequest(messages=messages, model=model, settings=sampling)


@contextmanager
def _as_wrong_usage() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
