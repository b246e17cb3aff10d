"""The contract that every adapter keeps, for the authors of adapters (extra ``testing``)."""

import pytest

# Else a failed assert shows no values.
for _area in ("answer", "closing", "error", "law", "live", "request", "sharing", "stream"):
    pytest.register_assert_rewrite(f"{__name__}.{_area}_clauses")
pytest.register_assert_rewrite(f"{__name__}.laws")

from .capabilities import SETTINGS, Capabilities
from .contract import ChatPortContract
from .far_side import FarSide
from .live_clauses import LiveContract
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
from .static import assert_static

__all__ = [
    "SETTINGS",
    "Breaks",
    "Call",
    "Capabilities",
    "ChatPortContract",
    "Echoes",
    "Fails",
    "FarSide",
    "LiveContract",
    "RecordedRequest",
    "Recorder",
    "Redirects",
    "Refuses",
    "Replies",
    "Scenario",
    "Sends",
    "assert_static",
    "promised_error",
    "promised_response",
]
