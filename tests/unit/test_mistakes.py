"""Mistakes of a first day: each error names what was expected, and what to write."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ConfigurationError,
    StreamEnd,
    StreamEvent,
    ToolMessage,
    UserMessage,
    chat_from_env,
    from_events,
)
from llm_core.adapters.direct import DirectChat
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.memory import InMemoryChat
from llm_core.cli.contract_run import resolve_target
from llm_core.wrappers import Fallback, Hedged, Retrying

NO_REQUEST = r"^request: expected a ChatRequest, got {}; write ChatRequest\(messages=\[UserMessage\('...'\)\]\)$"


class OneEvent:
    """A source of events that needs nothing of a request."""

    provider, model, transport_errors = "mine", "m", ()

    async def events(self, request: ChatRequest, /) -> AsyncGenerator[StreamEvent, None]:
        assert isinstance(request, ChatRequest), f"it got {request!r}"
        yield StreamEnd(response=ChatResponse(message=AssistantMessage("an answer")))


CHATS: dict[str, Callable[[], ChatPort]] = {
    "memory": lambda: InMemoryChat(lambda _: "an answer"),
    "direct": lambda: DirectChat("openai/x", api_key="k"),
    "litellm": lambda: LiteLLMChat("openai/x", api_key="k"),
    "events": lambda: from_events(OneEvent()),
    "wrapper": lambda: Retrying(InMemoryChat(lambda _: "an answer")),
}


async def _acomplete(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return await chat.acomplete(request)


async def _astream(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    async with chat.astream(request) as stream:
        return await stream.until_done()


def _stream(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    with chat.stream(request) as stream:
        return stream.until_done()


VERBS: dict[str, Callable[[ChatPort, ChatRequest], ChatResponse]] = {
    "complete": lambda chat, request: chat.complete(request),
    "stream": _stream,
    "acomplete": lambda chat, request: asyncio.run(_acomplete(chat, request)),
    "astream": lambda chat, request: asyncio.run(_astream(chat, request)),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", CHATS)
@pytest.mark.parametrize("given", ["Hello?", [UserMessage("Hello?")]], ids=["a text", "messages"])
def test_what_is_no_request_is_refused_with_how_to_write_one(name: str, verb: str, given: object) -> None:
    request: ChatRequest = given  # type: ignore[assignment]  # the mistake

    with pytest.raises(TypeError, match=NO_REQUEST.format(type(given).__name__)):
        VERBS[verb](CHATS[name](), request)


WRAPPERS: dict[str, Callable[..., object]] = {"retrying": Retrying, "fallback": Fallback, "hedged": Hedged}


@pytest.mark.parametrize(
    ("wrapper", "given", "problem"),
    [
        ("retrying", "openai/x", "^chat: expected a chat, with complete, stream, acomplete and astream, got str$"),
        ("retrying", [InMemoryChat(["a"])], "^chat: expected a chat, .*, got list$"),
        ("retrying", DirectChat, "^chat: expected a chat, got the class DirectChat$"),
        ("fallback", InMemoryChat(["a"]), "^chats: expected a list of chats, got InMemoryChat$"),
        ("hedged", InMemoryChat(["a"]), "^chats: expected a list of chats, got InMemoryChat$"),
        ("fallback", ["openai/x"], "^chat: expected a chat, .*, got str$"),
    ],
)
def test_a_wrapper_around_what_is_no_chat_is_refused(wrapper: str, given: object, problem: str) -> None:
    named = {"after": 1} if wrapper == "hedged" else {}

    with pytest.raises(TypeError, match=problem):
        WRAPPERS[wrapper](given, **named)


def test_a_result_that_is_an_object_is_refused_as_no_sequence_of_parts() -> None:
    with pytest.raises(ValueError, match=r"^content: expected a sequence of TextPart or ImagePart, got dict$"):
        ToolMessage({"degrees": 3}, tool_call_id="1")  # type: ignore[arg-type]  # the mistake


@pytest.mark.parametrize(
    ("variables", "chosen"),
    [
        ({"DIRECT_CHAT_MODEL": "openai/x"}, DirectChat),
        ({"LITELLM_CHAT_MODEL": "openai/x"}, LiteLLMChat),
        ({"LITELLM_CHAT_MODEL": "openai/x", "DIRECT_CHAT_MODEL": "openai/x"}, LiteLLMChat),
    ],
)
def test_the_adapter_whose_model_is_set_is_chosen(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], chosen: type
) -> None:
    for name in ("DEFAULT_LLM", "DIRECT_CHAT_MODEL", "LITELLM_CHAT_MODEL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with chat_from_env() as chat:
        assert isinstance(chat, chosen)


def test_nothing_configured_names_a_variable_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEFAULT_LLM", "DIRECT_CHAT_MODEL", "LITELLM_CHAT_MODEL"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(ConfigurationError, match="no model is set; for example: export LITELLM_CHAT_MODEL=openai/"):
        chat_from_env()


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("tests/test_a.py:TestA", "'tests/test_a.py:TestA' names a file: write the module, as in tests.test_a:TestA"),
        ("./test_a.py", "'./test_a.py' names a file: write the module, as in test_a:TestMyChat"),
        ("test_a", "'test_a' must be module:Class, as in tests.test_my_chat:TestMyChat"),
    ],
)
def test_a_contract_that_is_named_by_its_file_is_refused_with_the_name_of_the_module(target: str, problem: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the text is compared whole
        resolve_target(target)

    assert problem == str(caught.value)
