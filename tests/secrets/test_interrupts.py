"""No frame of ours shows a key to what passes it: an error, a cancellation, or Ctrl-C while a call waits."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from socket import create_server
from typing import Literal, TypeAlias

import pytest

from llm_core import ChatRequest, ChatSettings, ConfigurationError, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.env_settings import settings_from_env
from llm_core.testing import Breaks, FakeProvider, Recorder
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode

from .planting import KEYS, planted_chat, planted_request
from .searching import shown_locals

SECONDS = 0.1  # from the arrival of the request at the provider to the interrupt
Wait: TypeAlias = Callable[[], object]
LONG = "0f1e2d3c4b5a6978" * 10  # longer than what rich shows of a text


def _wait_for_request(recorder: Recorder) -> None:
    """Return once the provider has a request, or after five seconds."""
    for _ in range(500):
        if recorder.count:
            return
        time.sleep(0.01)


@contextmanager
def _provider(*, sends_head: bool) -> Iterator[tuple[str, Wait]]:
    """Yield the address of a provider that falls silent, and a function that returns once it has a request."""
    if sends_head:
        with FakeProvider(Breaks(how="silence", after=2, patience=2.0)) as fake_provider:
            yield fake_provider.url, partial(_wait_for_request, fake_provider.recorder)
        return
    with create_server(("127.0.0.1", 0)) as server, ExitStack() as stack:
        server.settimeout(5.0)
        host, port = server.getsockname()
        yield f"http://{host}:{port}", lambda: stack.enter_context(server.accept()[0]).recv(1)


@contextmanager
def _interrupted(wait: Wait) -> Iterator[None]:
    """Send SIGINT to the main thread soon after the provider has the request, as Ctrl-C does while a call waits."""

    def interrupt() -> None:
        wait()
        time.sleep(SECONDS)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _call(chat: DirectChat | LiteLLMChat, request: ChatRequest, mode: Mode, wait: Wait) -> BaseException:
    """Return what a call in *mode* raises when it is interrupted (sync) or its task is cancelled (async)."""
    if mode in ("complete", "stream"):
        with _interrupted(wait), pytest.raises(KeyboardInterrupt) as caught:
            call_in_mode(chat, request, mode)
        return caught.value
    return asyncio.run(_cancelled(chat, request, mode, wait))


async def _cancelled(chat: DirectChat | LiteLLMChat, request: ChatRequest, mode: Mode, wait: Wait) -> BaseException:
    async def call() -> None:
        if mode == "acomplete":
            await chat.acomplete(request)
        else:
            async with chat.astream(request) as events:
                async for _ in events:
                    pass

    task = asyncio.ensure_future(call())
    await asyncio.to_thread(wait)
    await asyncio.sleep(SECONDS)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    return caught.value


def _found(error: BaseException) -> list[str]:
    secrets = {**KEYS, "long": LONG}
    shown = list(shown_locals(error))
    assert shown
    return [line[:200] for line in shown if any(secret in line for secret in (*secrets.values(), LONG[:40]))]


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize(
    ("lane", "plant"),
    [("direct", "handed in"), ("direct", "around"), pytest.param("call", "handed in", marks=pytest.mark.call_lane)],
)
@pytest.mark.parametrize("sends_head", [False, True], ids=["head", "body"])
def test_no_frame_shows_a_key_while_a_call_waits(
    lane: Literal["direct", "call"],
    sends_head: bool,
    plant: Literal["handed in", "around"],
    mode: Mode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEYS["variable"])
    with _provider(sends_head=sends_head) as (url, wait):
        chat = planted_chat(url, "openai_chat", lane, plant)
        seen = _found(_call(chat, _patient(planted_request(plant)), mode, wait))
        chat.close()

    assert [] == seen


@pytest.mark.parametrize("mode", EVERY)
def test_no_frame_shows_the_password_of_a_proxy(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    with _provider(sends_head=False) as (url, wait):
        login = f"{KEYS['user']}:{KEYS['password']}"
        monkeypatch.setenv("HTTP_PROXY", url.replace("://", f"://{login}@"))
        chat = DirectChat("openai/x", api_key=LONG, api_base=f"http://{mode}.interrupted.test/v1")
        seen = _found(_call(chat, _patient(ChatRequest(messages=[UserMessage("hi")])), mode, wait))
        chat.close()

    assert [] == seen


def test_no_frame_shows_a_password_while_the_callers_function_is_called() -> None:
    def key() -> str:
        raise KeyboardInterrupt

    base = f"http://{KEYS['user']}:{KEYS['password']}@h.test/v1?key={KEYS['query']}"
    chat = DirectChat("openai/x", api_key=key, api_base=base)

    with pytest.raises(KeyboardInterrupt) as caught:
        chat.complete(planted_request("handed in"))

    assert [] == _found(caught.value)


def _with_bad_header(adapter: type[DirectChat | LiteLLMChat]) -> object:
    return adapter("openai/x", api_key=LONG, headers={"x-a": f"{KEYS['header']}\nX: y"})


def _with_bad_key(adapter: type[DirectChat | LiteLLMChat]) -> object:
    return adapter("openai/x", api_key=f"{LONG}\0{KEYS['api_key']}")


def _with_bad_option(adapter: type[DirectChat | LiteLLMChat]) -> object:
    base = f"http://{KEYS['user']}:{KEYS['password']}@h"
    return adapter("openai/x", api_key=KEYS["api_key"], api_base=base, unsupported="no")  # type: ignore[arg-type]  # bad


@pytest.mark.parametrize("make", [_with_bad_header, _with_bad_key, _with_bad_option])
@pytest.mark.parametrize("adapter", [DirectChat, LiteLLMChat])
def test_no_frame_shows_a_key_where_an_adapter_cannot_be_created(
    adapter: type[DirectChat | LiteLLMChat], make: Callable[[type[DirectChat | LiteLLMChat]], object]
) -> None:
    with pytest.raises(ValueError, match=r"^(headers\.x-a|api_key|unsupported): ") as caught:
        make(adapter)

    assert [] == _found(caught.value)
    assert [] == [key for key in (LONG, *KEYS.values()) if key in str(caught.value)]


@pytest.mark.parametrize("name", ["API_KEY", "API_BASE", "TIMEOUT", "LANE"])
def test_no_frame_shows_a_key_that_stands_in_a_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_CHAT_MODEL", "openai/x")
    monkeypatch.setenv(f"LITELLM_{name}", f"sk-{KEYS['api_key']}\n")

    with pytest.raises(ConfigurationError, match=f"^LITELLM_{name}: ") as caught:
        settings_from_env()

    assert [] == _found(caught.value)
    assert KEYS["api_key"] not in str(caught.value)


def test_the_search_finds_a_key_in_a_local() -> None:
    with pytest.raises(ConfigurationError) as caught:
        _frame_of_ours({"key": LONG})

    assert 1 == len(_found(caught.value))


def _frame_of_ours(headers: dict[str, str]) -> None:
    source = compile("def fail(headers):\n    raise error", "/llm_core/planted.py", "exec")
    names: dict[str, object] = {"error": ConfigurationError("no")}
    exec(source, names)  # noqa: S102 -- a frame in a file of another name
    fail = names["fail"]
    assert callable(fail)
    fail(headers)


def _patient(request: ChatRequest) -> ChatRequest:
    settings = ChatSettings(timeout=5.0, extra=request.settings.extra)
    return ChatRequest(messages=request.messages, settings=settings)
