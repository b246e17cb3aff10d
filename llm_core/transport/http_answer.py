"""One HTTP answer: from its bytes to stream events or a response, or to the error that it stands for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal

import attrs

from llm_core.domain.errors import BadResponseError, ChatError, ChatTimeoutError, StreamInterruptedError
from llm_core.domain.events import StreamEvent
from llm_core.domain.provider_fault import exception_chain
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.body_buffer import MAX_STREAM, BodyBuffer
from llm_core.wires.decoder import WireDecoder
from llm_core.wires.deltas import AnswerDelta
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.framing import SSEDecoder, StreamFramer, parse_json_object
from llm_core.wires.wire import Wire

from .content_decoding import IDENTITY, ContentDecoder, content_decoder
from .error_mapping import Chain, ErrorContext, as_chat_error, error_from_response, masked_request_id
from .http_types import is_answer
from .own_headers import OwnHeaders
from .transport_errors import class_for_exception

_MANY_BYTES = 16_384  # of events, or of a body, that take a fraction of a millisecond to decode
_MANY_DELTAS = 256


def _no_deadline() -> None:
    pass


@attrs.define(kw_only=True, eq=False, repr=False)
class HTTPAnswer:
    """Decodes one answer. `price` returns the cost of its usage in US dollars, or None."""

    context: ErrorContext
    wire: Wire
    endpoint: Endpoint
    stream: bool
    ignored: tuple[str, ...]
    price: Callable[[Usage], Decimal | None] = attrs.field(repr=False)
    check_deadline: Callable[[], object] = attrs.field(default=_no_deadline, repr=False)
    """Raises TimeoutError once the deadline has passed: called around each decoding that may take long."""
    own_headers: OwnHeaders | None = attrs.field(default=None, repr=False)
    _accumulator: ResponseAccumulator = attrs.field(init=False, repr=False)
    _decoder: WireDecoder = attrs.field(init=False, repr=False)
    _body: BodyBuffer | None = attrs.field(default=None, repr=False)  # of an answer in one body, and of an error
    _framer: StreamFramer | None = attrs.field(default=None, repr=False)  # of a stream
    _content: ContentDecoder = attrs.field(default=IDENTITY, repr=False)
    _size: int = 0  # bytes of the stream so far
    _unchecked: int = 0  # bytes of events since the deadline was checked
    _status: int | None = None
    _answers: bool = False  # whether the status announces an answer
    _headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    def __attrs_post_init__(self) -> None:
        """Make the decoder."""
        self._decoder = self.wire.decoder()
        self._accumulator = ResponseAccumulator(
            provider=self.endpoint.provider,
            host=self.endpoint.host,
            ignored=self.ignored,
            price=self.price,
        )

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Take the head of the response."""
        self._status, self._headers, self._answers = status, headers, is_answer(status)
        if self.own_headers is not None:
            self._headers = self.own_headers.as_usual(headers)
            self._accumulator.prefer(
                model=self.own_headers.model(self._headers), cost=self.own_headers.cost(self._headers)
            )
            self.own_headers.check_version(self._headers)
        self._content = content_decoder(headers)
        if self.stream and self._answers:
            self._framer = self.wire.framer()
        else:
            self._body = BodyBuffer(self._answers)

    @property
    def done(self) -> bool:
        """Whether nothing more has to be read."""
        if self._framer is not None:
            return self._framer.done or self._decoder.done
        return self._body is not None and self._body.done

    @property
    def is_finished(self) -> bool:
        """Whether a stream has reported finish reason and usage; its last event may follow, or never come."""
        return self._framer is not None and self._accumulator.is_finished

    def feed_body(self, data: bytes) -> None:
        """Take the next bytes of an answer in one body."""
        if self._body is None:
            return
        try:
            for content in self._content.feed(data):
                self._body.feed(content)
        except BadResponseError as error:
            if self._answers:
                raise
            self._body.end(error.detail or "")  # the status alone is the error

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """Take the next bytes of a stream, and yield the events that they complete."""
        if self._framer is None:
            self.feed_body(data)
            return
        for content in self._content.feed(data):
            if self._framer is None or (not self._framer.has_begun and _is_one_body(content, self._framer)):
                self._body, self._framer = self._body or BodyBuffer(is_answer=True), None
                self._body.feed(content)
                continue
            self._size += len(content)
            if self._size > MAX_STREAM:
                raise BadResponseError(detail=f"a stream of more than {MAX_STREAM} bytes")
            for event in self._framer.feed(content):
                for delta in self._decode_event(event):
                    yield from self._accumulator.add(delta)

    def end(self) -> Iterator[StreamEvent]:
        """Yield the last events, once all bytes were fed. Raises the error that the answer stands for."""
        for delta in self._last_deltas():
            yield from self._accumulator.add(delta)
        self.check_deadline()
        yield from self._accumulator.end()

    def response(self) -> ChatResponse:
        """Return the whole answer, once all bytes were fed. Raises the error that the answer stands for."""
        for delta in self._last_deltas():
            self._accumulator.add(delta)
        self.check_deadline()
        return self._accumulator.response()

    def usage(self) -> Usage | None:
        """Return what has been reported so far."""
        return self._accumulator.usage

    def failure(self, error: Exception) -> ChatError:
        """Return *error*, whatever it is, as the error of this call."""
        answering = self._answers

        def translate(chain: Chain) -> ChatError:
            return class_for_exception(chain, answering=answering)(detail=str(error))

        partial = self._accumulator.partial() if answering else None
        failure = as_chat_error(error, self.context, translate, partial=partial, usage=self.usage())
        if answering:
            failure.request_id = failure.request_id or masked_request_id(self._headers, self.context)
        return failure

    def is_whole_despite(self, error: Exception) -> bool:
        """Return whether *error*, which ended the body, takes nothing from the answer.

        An error response is its status, even if its body breaks off. An answer that is there is not a timeout, even if
        its body stays open.
        """
        reason = class_for_exception(tuple(exception_chain(error)), answering=True)
        if not self._answers:
            return self._status is not None and reason is StreamInterruptedError
        is_whole = reason is ChatTimeoutError and (self.is_finished or self._has_whole_body())
        if is_whole:
            self.check_deadline = _no_deadline  # what has arrived is decoded, and no more is read
        return is_whole

    def _has_whole_body(self) -> bool:
        try:
            return self._body is not None and bool(parse_json_object(self._body.read()))
        except BadResponseError:
            return False

    def _last_deltas(self) -> Iterable[AnswerDelta]:
        if self._body is None:
            events = () if self._framer is None else self._framer.end()
            return (delta for event in events for delta in self._decode_event(event))
        body = self._body.read()
        if self._status is not None and not self._answers:
            raise error_from_response(self._status, self._headers, body.decode(errors="replace"), self.context)
        if len(body) < _MANY_BYTES:
            return self._decoder.whole(parse_json_object(body))
        return self._checked(self._decoder.whole(self._parse(body)))

    def _decode_event(self, event: bytes) -> Iterable[AnswerDelta]:
        self._unchecked += len(event)
        if self._unchecked < _MANY_BYTES:
            return self._decoder.event(parse_json_object(event))
        self._unchecked = 0
        return self._checked(self._decoder.event(self._parse(event)))

    def _parse(self, data: bytes) -> Mapping[str, object]:
        self.check_deadline()
        parsed = parse_json_object(data)
        self.check_deadline()
        return parsed

    def _checked(self, deltas: Iterable[AnswerDelta]) -> Iterator[AnswerDelta]:
        for number, delta in enumerate(deltas, 1):
            yield delta
            if number % _MANY_DELTAS == 0:
                self.check_deadline()


def _is_one_body(data: bytes, framer: StreamFramer) -> bool:
    """Return whether the answer to a stream request begins as one JSON body, as errors do, whatever its media type."""
    return isinstance(framer, SSEDecoder) and data.lstrip()[:1] == b"{"
