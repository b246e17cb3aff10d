"""`map_errors` raises our error in place of any exception, and keeps nothing of what failed."""

import asyncio
import traceback
from types import TracebackType

import pytest

from llm_core import ChatError, ServerError
from llm_core.transport.error_mapping import ErrorContext, map_errors


def _fail(secret: str) -> None:
    raise ValueError(secret)


def _mapped() -> ChatError:
    with pytest.raises(ChatError) as caught, map_errors(lambda _: ServerError()):
        _fail("the key")
    return caught.value


def test_the_mapped_error_is_raised_without_the_original_exception() -> None:
    error = _mapped()

    assert (ServerError, None, None) == (type(error), error.__cause__, error.__context__)


def test_no_frame_of_the_mapped_error_references_what_failed() -> None:
    frames = [frame for frame, _ in traceback.walk_tb(_mapped().__traceback__)]

    held = [value for frame in frames for name, value in frame.f_locals.items() if name != "caught"]
    assert [] == [value for value in held if isinstance(value, TracebackType | ValueError)]
    assert "_fail" not in [frame.f_code.co_name for frame in frames]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), asyncio.CancelledError(), GeneratorExit()], ids=repr)
def test_cancellation_and_ctrl_c_pass(error: BaseException) -> None:
    with pytest.raises(type(error)), map_errors(lambda _: ServerError()):
        raise error


def test_without_an_exception_nothing_is_raised() -> None:
    mapped: list[Exception] = []

    def record(error: Exception) -> ChatError:
        mapped.append(error)
        return ServerError()

    with map_errors(record):
        answer = "Hi."

    assert ("Hi.", []) == (answer, mapped)


def test_a_context_has_no_host_secrets_and_rules_unless_they_are_given() -> None:
    context = ErrorContext(provider="openai", model="openai/x")

    assert (None, (), ()) == (context.host, context.secrets, context.rules)


def test_a_context_shows_no_secret() -> None:
    context = ErrorContext(provider="openai", model="openai/x", secrets=("sk-planted",))

    assert "sk-planted" not in repr(context)
