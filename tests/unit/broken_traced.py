"""Broken ways of tracing a call, each with the promise that must catch it."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from opentelemetry import context, trace
from opentelemetry.util.genai.types import Error

from llm_core import ChatError, ChatPort, ChatRequest, ChatResponse, StreamEvent
from llm_core.wrappers import Answer, Steps, Traced, begin, relay
from llm_core.wrappers.traced_calls import TracedCall

from . import traced_promises as promises
from .recorded_spans import Recorded
from .traced_promises import Promise, Wrap

BROKEN: list[tuple[Promise, Wrap]] = []
Tracing: TypeAlias = type[Traced]


def caught_by(*promises: Promise) -> Callable[[Tracing], Tracing]:
    """Declare that each of *promises* must fail over the class."""

    def declare(tracing: Tracing) -> Tracing:
        def wrap(chat: ChatPort, recorded: Recorded) -> ChatPort:
            return tracing(chat, tracer_provider=recorded.tracer_provider, meter_provider=recorded.meter_provider)

        wrap.__name__ = tracing.__name__
        BROKEN.extend((promise, wrap) for promise in promises)
        return tracing

    return declare


class Broken(Traced):
    """`Traced`, with an exchange in parts that can be replaced."""

    call_class: type[TracedCall] = TracedCall
    caught: type[BaseException] = BaseException

    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        answer = Answer(self.chats[0], request)
        call = self._calls.start(answer, self._description)
        call.__class__ = self.call_class
        try:
            call.enter()
            yield from begin(answer)
            call.begun()
            response = yield from relay(answer, call.each)
        except self.caught as error:
            call.fail(error)
            raise
        call.succeed(response)
        return response


@caught_by(promises.ends_the_span_of_a_stream_that_is_left_early, promises.ends_the_span_of_a_stream_that_is_dropped)
class ForgetsStreamsThatAreLeft(Broken):
    caught = Exception


@caught_by(promises.ends_the_span_of_a_call_that_is_cancelled)
class EndsSpansOfErrorsAlone(Broken):
    caught = ChatError


@caught_by(promises.holds_no_content_and_no_secret)
class RecordsContentUnasked(Broken):
    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        self._calls._content = True
        return (yield from super().exchange(request))


class _Succeeds(TracedCall):
    def fail(self, error: BaseException) -> None:
        del error
        super().fail(GeneratorExit())


@caught_by(promises.reports_an_error_by_its_class, promises.ends_the_span_of_a_call_that_is_cancelled)
class ReportsAnErrorAsSuccess(Broken):
    call_class = _Succeeds


class _QualifiedName(TracedCall):
    def fail(self, error: BaseException) -> None:
        self._leave()
        self._invocation.fail(Error(message=str(error), type=f"{type(error).__module__}.{type(error).__name__}"))


@caught_by(promises.reports_an_error_by_its_class, promises.counts_the_tokens_of_a_failed_call)
class NamesTheModuleOfAnError(Broken):
    call_class = _QualifiedName


class _RecordsTheError(TracedCall):
    def fail(self, error: BaseException) -> None:
        detail = error.detail if isinstance(error, ChatError) else None
        trace.get_current_span(self._context).record_exception(error, {"detail": detail or ""})
        super().fail(error)


@caught_by(promises.holds_no_content_and_no_secret, promises.reports_an_error_by_its_class)
class RecordsTheDetailOfAnError(Broken):
    call_class = _RecordsTheError


class _Leaks(TracedCall):
    def each(self, event: StreamEvent) -> Iterable[StreamEvent]:
        return (event,)

    def begun(self) -> None:
        pass


@caught_by(promises.is_not_the_current_span_while_the_reader_has_an_event)
class LeaksItsSpanToTheReader(Broken):
    call_class = _Leaks


class _NeverLeaves(TracedCall):
    def _leave(self) -> None:
        pass


@caught_by(promises.is_not_the_current_span_while_the_reader_has_an_event)
class NeverRestoresTheSpan(Broken):
    call_class = _NeverLeaves


class _OnlyBegins(TracedCall):
    def each(self, event: StreamEvent) -> Iterable[StreamEvent]:
        return (event,)


@caught_by(promises.is_the_current_span_while_the_chat_works)
class IsCurrentUpToTheFirstEvent(Broken):
    call_class = _OnlyBegins


class _Detached(TracedCall):
    def enter(self) -> None:
        pass


@caught_by(promises.is_the_current_span_while_the_chat_works)
class IsNeverTheCurrentSpan(Broken):
    call_class = _Detached


@caught_by(promises.is_the_current_span_while_the_chat_works)
class StartsATraceOfItsOwn(Broken):
    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        token = context.attach(context.Context())
        try:
            answer = Answer(self.chats[0], request)
            call = self._calls.start(answer, self._description)
        finally:
            context.detach(token)
        call.enter()
        yield from begin(answer)
        call.begun()
        response = yield from relay(answer, call.each)
        call.succeed(response)
        return response


@caught_by(promises.names_the_provider_and_the_model)
class NamesNoModel(Broken):
    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        self.__dict__["_description"] = type(self._description)()
        return (yield from super().exchange(request))
