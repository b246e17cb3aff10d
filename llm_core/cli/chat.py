"""``llm-core chat``: one question, or a session on the terminal."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from . import exit_codes
from .arguments import Command, as_usage_error

if TYPE_CHECKING:
    from llm_core.domain.messages import Message, UserMessage
    from llm_core.domain.requests import ChatRequest, OutputFormat
    from llm_core.domain.settings import ChatSettings

    from .console import Screen

_DESCRIPTION = f"""Without QUESTION, on a terminal: start a session that keeps its history; an empty line or Ctrl-D ends
it, Ctrl-C stops an answer. Without QUESTION, in a pipe: read the question from standard input. A terminal shows
Markdown rendered, a pipe gets the text as it is. With --save or --resume, Ctrl-C saves what has arrived.

  llm-core chat "Why is the sky blue?"
  llm-core chat --system "Answer in French." --max-tokens 200
  llm-core chat --file photo.png --file report.pdf "What do they show?"
  git diff | llm-core chat --file - "Review this."
  llm-core chat --save trip.json "Plan a day in Oslo."
  llm-core chat --resume trip.json "And in the rain?"
  llm-core chat --schema person.json "Ada Lovelace" | jq .born
  llm-core chat --setting top_p=0.9 --setting reasoning_effort=low "Why?"
  llm-core chat --json "Why is the sky blue?" | jq -r .message.content

{exit_codes.HELP}"""


def _add_options(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("question", nargs="?", metavar="QUESTION", help="the text of the user message")
    add("--system", metavar="TEXT", help="instructions for the model (the system message)")
    add("--model", metavar="MODEL", help="instead of the configured one, as in openai/gpt-5-mini")
    add(
        "--file",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="send this text, image or PDF too; - is standard input; repeatable",
    )
    add("--schema", metavar="FILE", type=Path, help="the answer must be JSON of this JSON schema")
    add(
        "--setting",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a setting of the call, such as seed=7; repeatable",
    )
    add("--temperature", metavar="NUMBER", type=float, help="the sampling temperature; 0 is the least random")
    add("--max-tokens", metavar="TOKENS", type=int, help="the most tokens that the model may generate")
    add("--timeout", metavar="SECONDS", type=float, help="the longest wait for the next part of the answer")
    add("--save", metavar="FILE", type=Path, help="write the conversation to FILE after each answer")
    add(
        "--resume",
        metavar="FILE",
        type=Path,
        help="continue the conversation in FILE, and save it there, or where --save says",
    )
    add("--echo", action="store_true", help="answer with the question; no model is called")
    add("--plain", action="store_true", help="do not render Markdown")
    add("--json", action="store_true", help="print the whole response as one JSON document")


def _run(given: Namespace, screen: Screen) -> int:
    from llm_core.bootstrap import chat_from_settings

    from .chosen import chosen_settings
    from .request_options import schema_of, settings_of

    with as_usage_error():
        own = {"temperature": given.temperature, "max_tokens": given.max_tokens, "timeout": given.timeout}
        settings = settings_of(given.setting, own)
        output = schema_of(given.schema) if given.schema else None
    chosen = chosen_settings(given.model, echo=given.echo)
    from llm_core.domain.messages import UserMessage

    from . import conversation
    from .repl import Session

    make_request = partial(_request, None if given.echo else given.model or None, settings, output)
    target: Path | None = given.save or given.resume
    with as_usage_error():
        if target is not None:
            conversation.check_place(target)
        history = conversation.opening(given.resume, given.system)
        asked = _asked(given.question, given.file, as_json=given.json)
        make_request([*history, asked or UserMessage("a question")])  # what is wrong with it is wrong usage
    with chat_from_settings(chosen) as port:
        session = Session(
            chat=port,
            make_request=make_request,
            screen=screen,
            history=history,
            rendered=not (given.plain or given.schema),
            as_json=given.json,
        )
        if target is not None:
            session.save = partial(conversation.save, path=target)
        if asked is not None:
            session.ask(asked)
        else:
            screen.note("an empty line or Ctrl-D ends the session, Ctrl-C stops an answer")
            session.converse(_typed(screen))
    return exit_codes.ANSWERED


def _typed(screen: Screen) -> Iterator[UserMessage]:
    from llm_core.domain.messages import UserMessage

    from .console import typed_lines

    return map(UserMessage, typed_lines("> " if screen.interactive else ""))


def _asked(question: str | None, files: Sequence[Path], *, as_json: bool) -> UserMessage | None:
    """Return the question with its files; None to start a session. ValueError without a text, or for a wrong file."""
    from llm_core.domain.messages import UserMessage
    from llm_core.domain.parts import TextPart

    from .attachments import STDIN, attachment

    parts = [attachment(path) for path in files]
    if question is None and STDIN not in files and not sys.stdin.isatty():
        question = sys.stdin.read().rstrip("\n")
    if question is None:
        if as_json or files:
            raise ValueError(f"{'--json' if as_json else '--file'} needs a question")
        return None
    if not question.strip():
        raise ValueError("the question is empty")
    return UserMessage([*parts, TextPart(question)] if parts else question)


def _request(
    model: str | None, settings: ChatSettings, output: OutputFormat | None, messages: Sequence[Message]
) -> ChatRequest:
    from llm_core.domain.requests import ChatRequest

    return ChatRequest(messages=messages, model=model, settings=settings, output=output)


CHAT = Command(
    name="chat",
    summary="Send a question to the model and print the answer",
    description=_DESCRIPTION,
    add_options=_add_options,
    run=_run,
)
