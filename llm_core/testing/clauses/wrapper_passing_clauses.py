"""Clauses about what a wrapper passes on: request, response, events, errors and description as they are."""

import asyncio
import threading
from decimal import Decimal

import attrs
import pytest

from llm_core.domain.errors import ChatError, ContentPolicyError
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.model_description import ModelDescription
from llm_core.domain.provider_fault import ProviderFault
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import events_from_response
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.ports.describing import description_of
from llm_core.testing.probe_chat import Plays, ProbeChat

from .clause import clause
from .field_comparison import counted, require_same, require_unchanged
from .modes import EVERY, STREAMS, Mode, call_in_mode, events
from .wrapper_api import ANSWER, WrapperAuthorApi, distinct_request, fields_of

_DESCRIPTION = ModelDescription(
    provider="p",
    model="m",
    wire="w",
    settings=["seed"],
    tools=True,
    images=False,
    context_window=1000,
    input_usd_per_token=Decimal("0.1"),
    output_usd_per_token=Decimal("0.2"),
    closes_from_other_threads=True,
)


def _refusal(*, partial: AssistantMessage | None = None) -> ChatError:
    error = ContentPolicyError(
        provider="p",
        model="m",
        host="p.test",
        status_code=400,
        request_id="req-1",
        detail="the provider's words",
        partial=partial,
        usage=Usage(input_tokens=3),
    )
    error.__cause__ = ProviderFault("VendorError", "status 400")
    return error


def _fields(error: ChatError) -> dict[str, object]:
    return {**vars(error), "class": type(error), "cause": str(error.__cause__), "context": error.__context__}


class WrapperPassingClauses(WrapperAuthorApi):
    """What passes through a wrapper."""

    @clause("wrapper.request-unchanged", *EVERY)
    def test_a_request_passes_through_unchanged(self, mode: Mode) -> None:
        """The chat beneath gets the caller's request, unchanged, and the caller's own is not changed either.

        What the wrapper adds to a request or leaves out of it: nothing, but what the wrapper is for.
        """
        chat, probes = self.wrapped(ANSWER)
        request = distinct_request(1)

        call_in_mode(chat, request, mode)

        (call,) = (call for probe in probes for call in probe.calls)
        require_unchanged("the request", fields_of(distinct_request(1)), fields_of(call.request))
        require_unchanged("the caller's own request", fields_of(distinct_request(1)), fields_of(request))

    @clause("wrapper.response-unchanged", *EVERY)
    def test_a_response_passes_through_unchanged(self, mode: Mode) -> None:
        """The caller gets every field of the response: message, reasons, usage, model, id, ignored settings.

        Where the wrapper makes a response of its own: `attrs.evolve` keeps the other fields.
        """
        chat, _ = self.wrapped(ANSWER)

        response = call_in_mode(chat, distinct_request(1), mode)

        require_unchanged("the response", fields_of(ANSWER), fields_of(response))

    @clause("wrapper.events-unchanged", *STREAMS)
    def test_events_pass_through_unchanged(self, mode: Mode) -> None:
        """A stream passes on the deltas of the chat beneath, in their order, and ends with its `StreamEnd`.

        A wrapper that collects the deltas, or makes new ones from the response.
        """
        chat, _ = self.wrapped(ANSWER)

        seen = events(chat, distinct_request(1), mode)

        require_same("the events", list(events_from_response(ANSWER, chunk_size=4)), seen)

    @clause("wrapper.events-at-once", *STREAMS)
    def test_events_pass_through_as_they_arrive(self, mode: Mode) -> None:
        """Each delta is passed on before the next is read from the chat beneath.

        A wrapper that reads ahead, or waits for the end before it passes the first delta on.
        """
        chat, probes = self.wrapped(ANSWER)

        read = self.in_time(lambda: _read_two(chat, mode))

        (call,) = (call for probe in probes for call in probe.calls)
        require_same("events read beneath", 2, read)
        assert call.sent <= 2, f"after 2 events that the caller read, {call.sent} were read from the chat beneath"

    @clause("wrapper.error-unchanged", *EVERY)
    def test_an_error_passes_through_unchanged(self, mode: Mode) -> None:
        """An error that is not retryable passes with its class, its fields and its cause, after one call beneath.

        A wrapper that raises an error of its own, adds a context to it (`raise` inside `except`), or tries again what
        cannot succeed.
        """
        error = _refusal()
        chat, probes = self.wrapped(error)

        with pytest.raises(ChatError) as caught:
            call_in_mode(chat, distinct_request(1), mode)

        require_unchanged("the error", _fields(error), _fields(caught.value))
        calls = sum(len(probe.calls) for probe in probes)
        assert 1 == calls, f"{calls} calls were made beneath, and the first error was final"

    @clause("wrapper.partial-unchanged", *EVERY)
    def test_the_partial_answer_of_an_error_passes_through(self, mode: Mode) -> None:
        """An error that breaks an answer off keeps `partial` and `usage`.

        A wrapper that makes a new error of the same class.
        """
        error = _refusal(partial=AssistantMessage("A ra"))
        chat, _ = self.wrapped(Plays(response=ANSWER, error=error, after=4))

        with pytest.raises(ChatError) as caught:
            call_in_mode(chat, distinct_request(1), mode)

        require_unchanged("the error", _fields(error), _fields(caught.value))

    @clause("wrapper.lazy", "stream", "astream")
    def test_nothing_happens_before_a_stream_is_read(self, mode: Mode) -> None:
        """`stream` and `astream` call nothing beneath, and raise nothing, before the stream is entered or read.

        A wrapper that makes the stream beneath, or checks a limit, in `stream` itself.
        """
        chat, probes = self.wrapped(_refusal())

        if mode == "stream":
            chat.stream(distinct_request(1)).close()
        else:
            asyncio.run(chat.astream(distinct_request(1)).aclose())

        calls = sum(len(probe.calls) for probe in probes)
        assert not calls, f"{counted(calls, 'call')} beneath before the stream is read"

    @clause("wrapper.verbs", *EVERY)
    def test_sync_verbs_are_served_by_sync_verbs(self, mode: Mode) -> None:
        """The sync verbs call sync verbs, in the thread of the caller; the async verbs call async ones.

        A wrapper that runs an event loop under its sync verbs, or a thread under its async ones.
        """
        chat, probes = self.wrapped(ANSWER)

        call_in_mode(chat, distinct_request(1), mode)

        verbs = {call.verb for probe in probes for call in probe.calls}
        expected = {"acomplete", "astream"} if mode.startswith("a") else {"complete", "stream"}
        assert verbs <= expected, f"{mode} is served by {', '.join(sorted(verbs))}"
        threads = {call.thread for probe in probes for call in probe.calls}
        in_callers = threads == {threading.get_ident()}
        expects_callers = self.begins_in_callers_thread or mode.startswith("a")
        assert expects_callers == in_callers, f"the calls beneath run in the caller's thread: {in_callers}"

    @clause("wrapper.describe")
    def test_the_description_passes_through(self) -> None:
        """`describe` returns what the chat beneath knows of its model.

        A wrapper without `describe`: code that stands above asks for prices and abilities there.
        """
        chat = self.wrap([ProbeChat(ANSWER, description=_DESCRIPTION) for _ in range(self.chats)])

        require_unchanged("the description", fields_of(_DESCRIPTION), fields_of(description_of(chat)))

    @clause("wrapper.stored-answers", *EVERY)
    def test_equal_requests_are_answered_as_declared(self, mode: Mode) -> None:
        """Each of several equal requests is passed on, unless `may_answer_without_request` is declared.

        A store of answers that the attribute does not name, or one that keeps nothing. Requests that differ in a
        setting or in the model are never one request.
        """
        chat, probes = self.wrapped(ANSWER)
        one, other = distinct_request(1), distinct_request(2)
        of_other_model = attrs.evolve(one, model="model-2")
        for request in (one, other, of_other_model, one, one):
            require_same("the message", ANSWER.message, call_in_mode(chat, request, mode).message)

        sent = [call.request for probe in probes for call in probe.calls]
        repeated = [] if self.may_answer_without_request else [one, one]
        expected = [_named(request) for request in (one, other, of_other_model, *repeated)]
        require_same("the requests beneath", expected, [_named(request) for request in sent])


def _named(request: ChatRequest) -> str:
    return f"number {request.settings.extra.get('number')} of {request.model or 'its own model'}"


def _read_two(chat: ChatPort, mode: Mode) -> int:
    """Return how many events were read: two, before the stream is left."""
    if mode == "astream":
        return asyncio.run(_aread_two(chat))
    with chat.stream(distinct_request(1)) as stream:
        return len([next(stream), next(stream)])


async def _aread_two(chat: ChatPort) -> int:
    async with chat.astream(distinct_request(1)) as stream:
        iterator = aiter(stream)
        return len([await anext(iterator), await anext(iterator)])
