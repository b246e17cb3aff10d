"""The commands; each run ends with an exit code."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence

from llm_core import __version__

from . import exit_codes
from .arguments import Command, Parser
from .chat import CHAT
from .console import Screen
from .contract import CONTRACT
from .doctor import DOCTOR
from .fake_provider import FAKE_PROVIDER
from .models import MODELS
from .settings import SETTINGS

COMMANDS: tuple[Command, ...] = (CHAT, SETTINGS, MODELS, DOCTOR, CONTRACT, FAKE_PROVIDER)
_HELP = f"""Chat with a language model, check an adapter, show the settings.

  llm-core chat "Why is the sky blue?"
  llm-core chat < question.txt > answer.txt
  llm-core doctor
  llm-core contract tests.test_my_chat:TestMyChat
  llm-core fake-provider --dialect anthropic_messages --scenario cut-after=3 --port 8080

{exit_codes.HELP}"""


def run(arguments: Sequence[str]) -> int:
    """Run the command in *arguments* and return the exit code; `exit_codes` lists them."""
    given = Namespace(quiet=False, debug=False)
    try:
        parser().parse_args(arguments, given)
        command: Callable[[Namespace, Screen], int] = given.run
        return command(given, Screen(sys.stdout, sys.stderr, quiet=given.quiet))
    except SystemExit as end:  # of --help and --version
        return end.code if isinstance(end.code, int) else 0
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.OTHER
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 -- every exception becomes one line
        from .error_view import report

        return report(error, Screen(sys.stdout, sys.stderr, quiet=given.quiet), debug=given.debug)


def parser() -> Parser:
    """Return the parser of the command line."""
    main = Parser(prog="llm-core", description=_HELP)
    main.add_argument("--version", action="version", version=f"llm-core {__version__}")
    main.add_shared(default=False)
    main.set_defaults(run=_help)
    commands = main.add_subparsers(metavar="COMMAND", title="commands", parser_class=Parser)
    for command in COMMANDS:
        one: Parser = commands.add_parser(
            command.name, help=command.summary, description=f"{command.summary}.\n\n{command.description}"
        )
        command.add_options(one)
        one.add_shared()
        one.set_defaults(run=command.run)
    return main


def _help(_: Namespace, screen: Screen) -> int:
    screen.write(parser().format_help().rstrip("\n"))
    return exit_codes.ANSWERED
