"""`Wire`: the two halves of one wire format, writing requests and reading answers."""

from collections.abc import Callable
from typing import Protocol

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings

from .decoder import WireDecoder
from .endpoint import Endpoint
from .framing import SSEDecoder, StreamFramer
from .http_request import HTTPRequest


class Encoder(Protocol):
    """Writes a request in one wire format."""

    def __call__(
        self, request: ChatRequest, settings: ChatSettings, endpoint: Endpoint, /, *, stream: bool
    ) -> HTTPRequest:
        """Return *request* as *endpoint* wants it.

        *settings* take the place of those of *request*: all of them are sent.

        Raises:
            UnsupportedFeatureError: the wire or the model cannot carry it; `feature` names field and index.
        """


@attrs.frozen(kw_only=True)
class Wire:
    """One wire format."""

    name: str
    """Its name: ``openai_chat``."""
    encode: Encoder
    """Writes a request."""
    decoder: Callable[[], WireDecoder]
    """Makes the decoder of one answer."""
    framer: Callable[[], StreamFramer] = SSEDecoder
    """Makes the splitter of one stream into events."""
