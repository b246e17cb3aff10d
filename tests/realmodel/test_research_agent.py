"""The research agent on a real language model, whose text changes from run to run: only the report's shape is known."""

import asyncio
import os
from pathlib import Path

import pytest
from local_model.server import ALIAS, local_model
from research_agent import LIBRARY, Library, Report, ResearchAgent, read_page, search

from llm_core import AssistantMessage, ChatSettings, ToolMessage
from llm_core.adapters.direct import DirectChat
from llm_core.serialization import messages_from_json
from llm_core.typed import Toolbox

pytestmark = [
    pytest.mark.realmodel,
    pytest.mark.skipif(os.environ.get("LLM_CORE_SKIP_REALMODEL") == "1", reason="LLM_CORE_SKIP_REALMODEL=1"),
]

# On a busy core; without the penalty so small a model repeats itself up to the limit of tokens.
STEADY = ChatSettings(temperature=0, seed=1, max_tokens=256, frequency_penalty=0.5, timeout=300.0)


def test_a_real_model_writes_a_report(tmp_path: Path) -> None:
    path = tmp_path / "wheat.json"
    toolbox = Toolbox([search, read_page], context=Library(LIBRARY.pages, delay=0.01))  # it reads no images
    with local_model() as address:
        chat = DirectChat(f"openai/{ALIAS}", api_base=f"{address}/v1", api_key="none", settings=STEADY)
        agent = ResearchAgent(chat, path, lambda _: None, toolbox)
        report = asyncio.run(agent.research("Find pages about wheat."))

    messages = messages_from_json(path.read_text())
    calls = [call.id for one in messages if isinstance(one, AssistantMessage) for call in one.all_tool_calls]
    assert isinstance(report, Report)
    assert report.confidence in ("low", "medium", "high")
    assert calls == [one.tool_call_id for one in messages if isinstance(one, ToolMessage)]
