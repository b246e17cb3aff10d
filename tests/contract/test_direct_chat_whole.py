"""DirectChat in all modes, over the formats that `test_direct_chat.py` checks in one mode each."""

import importlib

import pytest

from . import test_direct_chat as quick

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    importlib.import_module("llm_core.transport.async_pool")  # no clause's deadline should include it


class TestDirectChatOverAnthropic(quick.TestDirectChatOverAnthropic):
    quick = False


class TestDirectChatOverGemini(quick.TestDirectChatOverGemini):
    quick = False


class TestDirectChatOverOllama(quick.TestDirectChatOverOllama):
    quick = False


class TestDirectChatOverCohere(quick.TestDirectChatOverCohere):
    quick = False


class TestDirectChatOverResponses(quick.TestDirectChatOverResponses):
    quick = False
