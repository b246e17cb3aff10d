"""LiteLLMChat on the direct lane in all modes, over the formats that `test_litellm_direct.py` checks quickly."""

import importlib

import pytest

from llm_core.adapters.litellm import litellm_module

from . import test_litellm_direct as quick

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    litellm_module.litellm()  # takes seconds, which no clause's deadline should include, as does the transport
    importlib.import_module("llm_core.adapters.litellm.routing")
    importlib.import_module("llm_core.transport.aiohttp_transport")


class TestDirectLaneOverAnthropic(quick.TestDirectLaneOverAnthropic):
    quick = False


class TestDirectLaneOverGemini(quick.TestDirectLaneOverGemini):
    quick = False


class TestDirectLaneOverOllama(quick.TestDirectLaneOverOllama):
    quick = False


class TestDirectLaneOverCohere(quick.TestDirectLaneOverCohere):
    quick = False
