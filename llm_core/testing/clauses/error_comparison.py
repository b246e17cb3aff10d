"""Compares an error with what the provider sent: its class and every field, for every clause that raises one."""

import json
from typing import TypeAlias, assert_never
from urllib.parse import urlsplit

import attrs

from llm_core.domain.errors import BadResponseError, ChatError, ConnectionFailedError
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.requests import ChatRequest
from llm_core.testing.expectations import expected_error, expected_response
from llm_core.testing.fake_provider.scripted_response import NO_FAILURE
from llm_core.testing.guards.secrets import longest_in, prompt_runs
from llm_core.testing.scenarios import Breaks, Fails, HangsUp, Redirects, Refuses, Sends

from .answer_comparison import AnswerComparison
from .error_table import Fault, facts_of
from .failure import MAX_SHOWN, cut
from .field_comparison import require_equal, shown, texts_in
from .modes import STREAMS, Mode, call_in_mode
from .sample_requests import SIMPLE_REQUEST

Failing: TypeAlias = Fault
_MAX_WORDS = 200  # characters of a message that must be in `detail`, which is itself bounded
_MAY_LOSE_HEAD = ("reset", "silence", "drip")  # the error may come before the head has been read
_NO_ANSWER = 300  # the least HTTP status that announces no answer
_DATE_TOLERANCE = 5.0  # seconds: a wait that is given as a date depends on the time of the comparison


class ErrorComparison(AnswerComparison):
    """What an error must hold."""

    def error_from(self, scenario: Failing, mode: Mode, request: ChatRequest = SIMPLE_REQUEST) -> ChatError:
        """Return the error that the adapter raises in *scenario*, compared with it in every field."""
        chat = self.make_chat(scenario)
        try:
            response = call_in_mode(chat, request, mode)
        except ChatError as error:
            self.require_error(error, scenario, mode, request)
            return error
        raise AssertionError(f"no ChatError was raised: the call returned {cut(shown(response.message), MAX_SHOWN)}")

    def require_error(self, error: ChatError, scenario: Failing, mode: Mode, request: ChatRequest) -> None:
        """Raise AssertionError, which names the fields, unless *error* is the error of *scenario*.

        A field that a wire carries in the answer's body alone, or not at all, may be None; it never holds anything
        that the provider did not send. `provider` and `model` are compared where the contract declares them.
        """
        __tracebackhide__ = True  # the traceback shows the clause, not this frame
        error_class, retryable = facts_of(scenario)
        allowed = {
            "class": self._classes(error_class, scenario, mode),
            "retryable": (retryable,),
            "status_code": self._status_codes(scenario),
            "request_id": self._request_ids(error, scenario),
            "retry_after": self._waits(error, scenario),
            "usage": (error.usage if isinstance(scenario, Breaks) else None,),
            "provider": (self.provider or error.provider,),
            "model": ((request.model or self.model) if self.model else error.model,),
            "host": self._hosts(error),
            "args": ((),),
            "previous": ((),),
        }
        seen = {"class": type(error), **{name: getattr(error, name) for name in allowed if name != "class"}}
        require_equal(
            "the error",
            {name: seen[name] if seen[name] in values else values[0] for name, values in allowed.items()},
            seen,
        )
        self._require_words(error, scenario)
        _require_no_prompt(error, scenario, request)
        self._require_partial(error.partial, scenario, mode)

    def expected_request_id(self, failure: Fails) -> str | None:
        """Return the request id that the provider sends with *failure*; None if it has none."""
        if not self.capabilities.http:
            return expected_error(failure).request_id
        return "request-1" if "request-1" in dict(self._dialect.headers(failure)).values() else None

    def text_before_break(self, broken: Breaks) -> str:
        """Return the text that a stream holds before the break."""
        text, size = broken.reply.text or "", broken.reply.chunk_size
        ahead = self._dialect.leading_events if self.capabilities.http else 0
        if broken.how in ("unfinished", "failed_finish"):
            return text
        return text[: max(0, broken.events_sent(ahead) - ahead) * size]

    def _classes(self, error_class: type[ChatError], scenario: Failing, mode: Mode) -> tuple[type[ChatError], ...]:
        """Return the class of the error; a whole body that ends early, or holds an error, may be a bad answer.

        A head without an event is the beginning of an answer to some clients, and none to others.
        """
        if not isinstance(scenario, Breaks):
            return (error_class,)
        is_body = scenario.how in ("end", "error") and mode not in STREAMS
        is_head = scenario.how == "cut" and not scenario.after and (mode in STREAMS or self._was_streamed())
        others = (*((BadResponseError,) if is_body else ()), *((ConnectionFailedError,) if is_head else ()))
        return (error_class, *others)

    def _was_streamed(self) -> bool:
        """Return whether the adapter asked for a stream, as one does that makes `complete` of it."""
        requests = self.recorder.requests
        return bool(requests) and self._dialect.streams(requests[-1])

    def _status(self, failure: Fails) -> int:
        return self._dialect.status(failure) if self.capabilities.http else failure.status

    def _status_codes(self, scenario: Failing) -> tuple[int | None, ...]:
        match scenario:
            case Fails():
                status = self._status(scenario)
                return (status,) if status >= 300 else (None, status)
            case Redirects(status=status):
                return (status,)
            case Refuses() | HangsUp():
                return (None,)
            case Breaks(how="error" | "inner_error", failure=failure):
                return (None, 200, self._status(failure))
            case Breaks() | Sends():
                return (None, 200)
            case _:
                assert_never(scenario)

    def _request_ids(self, error: ChatError, scenario: Failing) -> tuple[str | None, ...]:
        match scenario:
            case Fails():
                return (self.expected_request_id(scenario),)
            case Breaks():
                return self._request_ids_of_answer(error, scenario)
            case _:
                return (None,)

    def _request_ids_of_answer(self, error: ChatError, broken: Breaks) -> tuple[str | None, ...]:
        """Return the ids that the error of an answer may have: its head holds one, and may not have arrived in time."""
        in_head = self.capabilities.http and self.expected_request_id(NO_FAILURE) is not None
        has_head = broken.how not in _MAY_LOSE_HEAD or bool(error.partial and error.partial.content)
        is_required = in_head and has_head and self.capabilities.request_ids_of_answers
        in_event = broken.how in ("error", "inner_error") and b"request-1" in self._dialect.error(broken.failure)
        return (*(() if is_required else (None,)), *(("request-1",) if in_head or in_event else ()))

    def _hosts(self, error: ChatError) -> tuple[str | None, ...]:
        """Return the hosts that were called, each with its port, which is not the scheme's own."""
        called = tuple(urlsplit(provider.url).netloc for provider in self._providers)
        return (*called, None) if called else (error.host,)

    def _waits(self, error: ChatError, scenario: Failing) -> tuple[float | None, ...]:
        match scenario:
            case Breaks(how="error" | "inner_error", failure=failure):
                in_event = self.capabilities.http and self._carries_wait(failure, in_headers=False)
                return (failure.retry_after if in_event else None,)
            case Fails():
                carried = not self.capabilities.http or self._carries_wait(scenario, in_headers=True)
                wait = expected_error(scenario if carried else attrs.evolve(scenario, retry_after=None)).retry_after
                near = _has_date(scenario) and abs((wait or 0) - (error.retry_after or 0)) < _DATE_TOLERANCE
                return (wait, error.retry_after) if near and error.retry_after is not None else (wait,)
            case _:
                return (None,)

    def _carries_wait(self, failure: Fails, *, in_headers: bool) -> bool:
        """Return whether the provider sends the wait of *failure*: in the body of its error, or in a header."""
        plain, dialect = attrs.evolve(failure, retry_after=None), self._dialect
        in_body = dialect.error(failure) != dialect.error(plain)
        return in_body or (in_headers and dialect.headers(failure) != dialect.headers(plain))

    def _require_words(self, error: ChatError, scenario: Failing) -> None:
        for words in self._words(scenario):
            shown = [text for text in (str(error), repr(error)) if words in text]
            if shown:
                raise AssertionError(f"the provider's own text is in str or repr of the error: {shown[0]}")
        spelled = [spelling for words in self._words(scenario) for spelling in _spellings(words)]
        if spelled and not any(spelling in (error.detail or "") for spelling in spelled):
            raise AssertionError(
                f"the error is not what the provider sent\ndetail: expected {spelled[0]!r} in it, got {error.detail!r}"
            )

    def _words(self, scenario: Failing) -> list[str]:
        """Return the sentences that the provider wrote into an error answer, up to the key that it may quote."""
        if not isinstance(scenario, Fails):
            return []
        if scenario.reason is None or not self.capabilities.http:
            sentences = [scenario.message]
        else:
            sentences = [text for text in texts_in(json.loads(self._dialect.error(scenario))) if " " in text]
        quoted = (text.partition(self.planted_key)[0][:_MAX_WORDS].strip() for text in sentences)
        return [text for text in quoted if text]

    def _require_partial(self, partial: AssistantMessage | None, scenario: Failing, mode: Mode) -> None:
        is_answer = (
            isinstance(scenario, Fails) and self._status(scenario) < _NO_ANSWER
        )  # Gemini blocks a prompt with 200
        seen = partial or AssistantMessage()
        holds_something = seen != AssistantMessage()  # an adapter from one generator cannot tell an empty one from None
        if holds_something and isinstance(scenario, Fails | Redirects | Refuses | HangsUp) and not is_answer:
            raise AssertionError(f"partial: expected None, since no answer had begun, got {partial!r}")
        if not isinstance(scenario, Breaks):
            require_equal("the error", {"partial": AssistantMessage()}, {"partial": seen})
            return
        reply = self._dialect.visible(scenario.reply) if self.capabilities.http else scenario.reply
        whole = expected_response(reply).message
        if not _is_beginning(seen, whole):
            raise AssertionError(f"the partial answer is not a beginning of what the provider sent: {shown(seen)}")
        if mode in STREAMS and whole == AssistantMessage(whole.content):
            self._require_text_before(seen.content, scenario)

    def _require_text_before(self, text: str, broken: Breaks) -> None:
        """Raise AssertionError unless *text* is all that a stream sent; a reset may lose some of it."""
        sent = self.text_before_break(broken)
        if broken.how == "reset" and text:
            sent = sent[: len(text)]
        require_equal("the partial answer", {"text": sent}, {"text": text})


def _require_no_prompt(error: ChatError, scenario: Failing, request: ChatRequest) -> None:
    """Raise AssertionError if `detail` holds the prompt, unless the provider quotes it."""
    quoted = str(getattr(scenario, "message", "") or getattr(scenario, "body", ""))
    if found := longest_in(error.detail or "", (run for run in prompt_runs([request]) if run not in quoted)):
        raise AssertionError(
            "`detail` is the provider's own text, and holds the prompt, which the provider did not quote: "
            f"{found!r} in {cut(error.detail or '', MAX_SHOWN)!r}: see error.prompt-not-shown"
        )


def _has_date(failure: Fails) -> bool:
    return any(name == "retry-after" and not value.replace(".", "").isdigit() for name, value in failure.headers)


def _spellings(words: str) -> tuple[str, ...]:
    """Return *words* as they are, and as JSON writes them, since `detail` may be the body of the error."""
    return words, json.dumps(words)[1:-1], json.dumps(words, ensure_ascii=False)[1:-1]


def _is_beginning(part: AssistantMessage, whole: AssistantMessage) -> bool:
    """Return whether each field of *part* is a beginning of that of *whole*, and each valid call one of its calls."""
    names, all_names = ([call.name for call in message.all_tool_calls] for message in (part, whole))
    reasoning, all_reasoning = ("".join(one.text for one in message.reasoning) for message in (part, whole))
    calls = [(call.name, call.arguments) for call in whole.tool_calls]
    return (
        whole.content.startswith(part.content)
        and all_reasoning.startswith(reasoning)
        and names == all_names[: len(names)]
        and all((call.name, call.arguments) in calls for call in part.tool_calls)
    )
