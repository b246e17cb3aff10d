"""OpenTelemetry spans and metrics of calls, by the GenAI conventions; needs the extra ``otel``."""

from functools import cached_property
from typing import TYPE_CHECKING

from llm_core.domain.errors import ChatError, ConfigurationError
from llm_core.domain.model_description import ModelDescription
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import ChatPort
from llm_core.ports.clock import SYSTEM_CLOCK, Clock
from llm_core.ports.describing import description_of

from .steps import Answer, Steps, begin, relay
from .telemetry import MeterProvider, TracerProvider
from .wrapper import Wrapper

if TYPE_CHECKING:
    from .traced_calls import TracedCalls


class Traced(Wrapper):
    """A chat that makes a span of each call, and records its duration, its tokens and the time to its first event.

    The span ends with the call, in whichever way that ends. It is the current span while the chat beneath works, and
    not while the reader of a stream has an event. It holds no prompt and no answer, unless *content* is true or the
    variable ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` asks for them; never a key, and no `detail`.
    """

    def __init__(
        self,
        chat: ChatPort,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        content: bool = False,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Wrap *chat*, which is closed with the wrapper; a provider that is not given is OpenTelemetry's global one.

        Raises:
            ConfigurationError: the extra ``otel`` is not installed.
        """
        super().__init__(chat, clock=clock)
        self._calls = _traced_calls(tracer_provider, meter_provider, content=content)

    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        """Return the response of the chat, unchanged."""
        answer = Answer(self.chats[0], request)
        call = self._calls.start(answer, self._description)
        try:
            call.enter()
            yield from begin(answer)
            call.begun()
            response = yield from relay(answer, call.each)
        except BaseException as error:
            call.fail(error)
            raise
        call.succeed(response)
        return response

    @cached_property
    def _description(self) -> ModelDescription:
        try:
            return description_of(self.chats[0])
        except (ChatError, ConfigurationError):  # of the chat's own model: a request may name another one
            return ModelDescription()


def _traced_calls(
    tracer_provider: TracerProvider | None, meter_provider: MeterProvider | None, *, content: bool
) -> "TracedCalls":
    try:
        from .traced_calls import TracedCalls
    except ModuleNotFoundError:
        raise ConfigurationError("Traced needs opentelemetry-util-genai: pip install 'llm-core[otel]'") from None
    return TracedCalls(tracer_provider, meter_provider, content=content)
