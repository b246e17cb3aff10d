"""The contract suite for authors of adapters (extra ``testing``)."""

from importlib.util import find_spec

for _name in ("pytest", "h11", "hypothesis"):
    if find_spec(_name) is None:
        raise ModuleNotFoundError(f'llm_core.testing needs {_name}: pip install "llm-core[testing]"', name=_name)

import pytest

# pytest shows the values of a failed assert only in modules registered before their import.
pytest.register_assert_rewrite(f"{__name__}.clauses", f"{__name__}.live.clauses")

from .capabilities import RARE_SETTINGS, SETTINGS, Capabilities
from .contract import ChatPortContract
from .dialect_check.check import assert_dialect
from .dialect_check.request_checks import RequestWriter
from .dialects.dialect import Dialect, NotExpressibleError, RecordedRequest
from .expectations import expected_error, expected_events, expected_response
from .fake_provider.recorder import Recorder
from .fake_provider.server import FakeProvider
from .live.clauses import LiveContract
from .probe_chat import Plays, ProbeCall, ProbeChat
from .scenarios import (
    Block,
    Breaks,
    Call,
    Echoes,
    Fails,
    HangsUp,
    Redirects,
    Refuses,
    Replies,
    Scenario,
    Sends,
    Thought,
    interleaved,
)
from .static import assert_static
from .wrapper_contract import WrapperClauses, WrapperContract

__all__ = [
    "RARE_SETTINGS",
    "SETTINGS",
    "Block",
    "Breaks",
    "Call",
    "Capabilities",
    "ChatPortContract",
    "Dialect",
    "Echoes",
    "Fails",
    "FakeProvider",
    "HangsUp",
    "LiveContract",
    "NotExpressibleError",
    "Plays",
    "ProbeCall",
    "ProbeChat",
    "RecordedRequest",
    "Recorder",
    "Redirects",
    "Refuses",
    "Replies",
    "RequestWriter",
    "Scenario",
    "Sends",
    "Thought",
    "WrapperClauses",
    "WrapperContract",
    "assert_dialect",
    "assert_static",
    "expected_error",
    "expected_events",
    "expected_response",
    "interleaved",
]
