"""The contract that every adapter keeps, for the authors of adapters (extra ``testing``)."""

import pytest

for _module in ("answer", "closing", "error", "request", "sharing", "stream"):  # else a failed assert shows no values
    pytest.register_assert_rewrite(f"{__name__}.{_module}_clauses")

from .capabilities import SETTINGS, Capabilities
from .contract import ChatPortContract
from .far_side import FarSide
from .promises import promised_error, promised_response
from .recorder import RecordedRequest, Recorder
from .scenarios import (
    Breaks,
    Call,
    Echoes,
    Fails,
    Redirects,
    Refuses,
    Replies,
    Scenario,
    Sends,
)

__all__ = [
    "SETTINGS",
    "Breaks",
    "Call",
    "Capabilities",
    "ChatPortContract",
    "Echoes",
    "Fails",
    "FarSide",
    "RecordedRequest",
    "Recorder",
    "Redirects",
    "Refuses",
    "Replies",
    "Scenario",
    "Sends",
    "promised_error",
    "promised_response",
]
