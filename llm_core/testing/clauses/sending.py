"""How the clauses look at what was sent, or was not."""

import pytest

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.requests import ChatRequest
from llm_core.testing.scenarios import Replies

from .arranging import Arranging
from .modes import Mode, ask


class Sending(Arranging):
    """What the far side saw of a request, and whether it was refused."""

    def seen(self, request: ChatRequest, mode: Mode) -> ChatRequest:
        """Return what the far side understood of *request*, in the normal form that `carried` has too."""
        ask(self.given(Replies()), request, mode)
        return self.understood(request)

    def refused(self, request: ChatRequest, mode: Mode, *, claimed: bool) -> bool:
        """Return whether the ability is not claimed, having seen that it is then refused and nothing sent."""
        if claimed:
            return False
        with pytest.raises(UnsupportedFeatureError):
            ask(self.given(Replies()), request, mode)
        assert 0 == self.recorder.count
        self.was_refused = True
        return True

    def refuses(self, request: ChatRequest, mode: Mode) -> bool:
        """Return whether *request* is refused with nothing sent; otherwise it was sent, and answered."""
        try:
            ask(self.given(Replies()), request, mode)
        except UnsupportedFeatureError:
            assert 0 == self.recorder.count
            self.was_refused = True
        return self.was_refused

    def sent(self) -> str:
        """Return what was sent last: its body, or without HTTP all that was reported."""
        return self.recorder.requests[-1].body.decode() if self.recorder.requests else repr(self.recorder.last)
