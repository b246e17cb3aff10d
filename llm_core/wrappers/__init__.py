"""Wrappers: each is a chat over other chats, and adds one behaviour. `Wrapper` is the base class of all."""

from llm_core.ports.clock import Clock, SystemClock

from .budget import Budget
from .cached import Cached
from .fallback import Fallback
from .hedged import Hedged
from .limited import Limited
from .limiter import Limiter
from .logged import Logged, LoggedCall
from .recorded import Recorded, RecordMode
from .retrying import Retry, Retrying
from .signals import Signal
from .sqlite_store import SqliteStore
from .steps import Answer, Each, Steps, begin, call, emit, forward, race, relay, run, spend, wait, wait_for
from .stores import MemoryStore, Store
from .traced import Traced
from .wrapper import Wrapper

__all__ = [
    "Answer",
    "Budget",
    "Cached",
    "Clock",
    "Each",
    "Fallback",
    "Hedged",
    "Limited",
    "Limiter",
    "Logged",
    "LoggedCall",
    "MemoryStore",
    "RecordMode",
    "Recorded",
    "Retry",
    "Retrying",
    "Signal",
    "SqliteStore",
    "Steps",
    "Store",
    "SystemClock",
    "Traced",
    "Wrapper",
    "begin",
    "call",
    "emit",
    "forward",
    "race",
    "relay",
    "run",
    "spend",
    "wait",
    "wait_for",
]
