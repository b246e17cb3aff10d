"""One exchange of the direct lane: from the bytes of an answer to events, or to the error that it was."""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from llm_core.domain.errors import BadResponseError, ChatError
from llm_core.domain.events import StreamEvent
from llm_core.domain.provider_fault import ProviderFault
from llm_core.domain.responses import ChatResponse
from llm_core.transport.http_types import is_answer
from llm_core.transport.masking import masked
from llm_core.transport.transport_errors import class_for_exception
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.body_buffer import MAX_STREAM, BodyBuffer
from llm_core.wires.deltas import AnswerDelta, WireDecoder
from llm_core.wires.framing import SSEDecoder, StreamFramer, json_object

from .encoding import Endpoint
from .exception_mapping import ErrorContext, cause_from, chain_of, error_from_answer, request_id
from .pricing import price_of

_MAX_DETAIL = 2_000  # characters


@attrs.define(kw_only=True)
class HTTPAnswer:
    """Reads one answer, whatever it is, once its head has told."""

    asked: ErrorContext
    target: Endpoint
    stream: bool
    ignored: tuple[str, ...]
    _reader: ResponseAccumulator = attrs.field(init=False, repr=False)
    _wire: WireDecoder = attrs.field(init=False, repr=False)
    _body: BodyBuffer | None = attrs.field(default=None, repr=False)  # where the answer comes whole, or is an error
    _framing: StreamFramer | None = attrs.field(default=None, repr=False)  # where it comes as a stream
    _size: int = 0  # bytes of the stream
    _status: int | None = None
    _headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    def __attrs_post_init__(self) -> None:
        """Make the reader."""
        model = self.target.model
        self._wire = self.target.provider.wire()
        self._reader = ResponseAccumulator(
            provider=model.provider, ignored=self.ignored, price=lambda usage: price_of(usage, model)
        )

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Take in the head."""
        self._status, self._headers = status, headers
        if self.stream and is_answer(status):
            self._framing = self.target.provider.framing()
        else:
            self._body = BodyBuffer(is_answer(status))

    @property
    def done(self) -> bool:
        """Whether nothing more has to be read."""
        if self._framing is not None:
            return self._framing.done or self._wire.done
        return self._body is not None and self._body.done

    def take(self, data: bytes) -> None:
        """Take in *data* of an answer that comes whole."""
        if self._body is not None:
            self._body.feed(data)

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """Yield the events that *data* brings."""
        if self._framing is not None and not self._framing.has_begun and _is_whole(data, self._framing):
            self._body, self._framing = BodyBuffer(is_answer=True), None
        if self._framing is None:
            self.take(data)
            return
        self._size += len(data)
        if self._size > MAX_STREAM:
            raise BadResponseError(detail=f"a stream of more than {MAX_STREAM} bytes")
        for event in self._framing.feed(data):
            for piece in self._wire.event(json_object(event)):
                yield from self._reader.add(piece)

    def end(self) -> Iterator[StreamEvent]:
        """Yield the last events. Raises what the answer is, if it is none."""
        for piece in self._last_pieces():
            yield from self._reader.add(piece)
        yield from self._reader.end()

    def response(self) -> ChatResponse:
        """Return the whole answer, once all of it was fed; otherwise as `end`."""
        for piece in self._last_pieces():
            self._reader.add(piece)
        return self._reader.response()

    def failure(self, error: Exception) -> ChatError:
        """Return *error* as one of ours; raise it outside the ``except``, so that nothing foreign hangs on it."""
        answering = self._status is not None and is_answer(self._status)
        if isinstance(error, ChatError):
            ours, cause = error, error.__cause__ or ProviderFault("llm_core", "found by reading the answer")
        else:
            chain = tuple(chain_of(error))
            ours, cause = class_for_exception(chain, answering=answering)(detail=str(error)), cause_from(chain)
        ours.provider, ours.model = ours.provider or self.asked.provider, ours.model or self.asked.model
        ours.detail = masked(ours.detail, self.asked.secrets)[:_MAX_DETAIL] if ours.detail else None
        if answering:
            ours.request_id = ours.request_id or request_id(self._headers, self.asked)
            ours.partial = ours.partial or self._reader.partial()
        ours.__cause__, ours.__context__, ours.__traceback__ = cause, None, None
        return ours

    def _last_pieces(self) -> Iterator[AnswerDelta]:
        if self._body is not None:
            yield from self._whole(self._body.read())
        elif self._framing is not None:
            for event in self._framing.end():
                yield from self._wire.event(json_object(event))

    def _whole(self, body: bytes) -> Iterable[AnswerDelta]:
        if self._status is not None and not is_answer(self._status):
            raise error_from_answer(self._status, self._headers, body.decode(errors="replace"), self.asked)
        return self._wire.whole(json_object(body))


def _is_whole(data: bytes, framing: StreamFramer) -> bool:
    """Return whether an answer comes whole although a stream was asked for, as errors do; its type may say anything."""
    return isinstance(framing, SSEDecoder) and data.lstrip()[:1] == b"{"
