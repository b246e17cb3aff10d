"""Wrappers: each is a chat over other chats, and adds one behaviour. `Wrapper` is the base class of all."""

from .budget import Budget
from .clock import Clock, SystemClock
from .fallback import Fallback
from .hedged import Hedged
from .limited import Limited
from .limiter import Limiter
from .retrying import Retry, Retrying
from .signals import Signal
from .steps import Answer, Each, Steps, begin, call, emit, forward, race, relay, run, spend, wait, wait_for
from .wrapper import Wrapper

__all__ = [
    "Answer",
    "Budget",
    "Clock",
    "Each",
    "Fallback",
    "Hedged",
    "Limited",
    "Limiter",
    "Retry",
    "Retrying",
    "Signal",
    "Steps",
    "SystemClock",
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
