import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import llm_core
from llm_core import Message, OutputFormat, StreamEvent, ToolChoice

VOCABULARY = """
    Message ChatMessage SystemMessage UserMessage AssistantMessage ToolMessage
    TextPart ImagePart AudioPart FilePart ReasoningPart ProviderData JsonValue
    Tool ToolChoice NamedTool ToolCall InvalidToolCall
    ChatRequest ChatSettings JsonOutput JsonSchemaOutput
    ChatResponse FinishReason Usage
    StreamEvent TextDelta ReasoningDelta ToolCallStart ToolCallDelta StreamEnd
    ResponseBuilder response_from_events events_from_response
    ChatPort SyncChatPort AsyncChatPort ManagedChatPort ChatStream AsyncChatStream from_sync from_async chat_from_env
    ChatError AuthenticationError PermissionDeniedError ModelNotFoundError InvalidRequestError
    ContextWindowExceededError ContentPolicyError UnsupportedFeatureError RateLimitError QuotaExceededError
    ChatTimeoutError ConnectionFailedError ServerError BadResponseError StreamInterruptedError
    ProviderFault ConfigurationError
    ChatEventSource from_events error_from_http error_class_for_status parse_retry_after aiter_lines
"""


def test_every_name_of_the_vocabulary_is_here() -> None:
    vocabulary = VOCABULARY.split()

    missing = [name for name in vocabulary if name not in llm_core.__all__ or not hasattr(llm_core, name)]

    assert [] == missing


def test_the_names_are_sorted_and_each_is_there_once() -> None:
    names = llm_core.__all__

    found = {name for name in names if hasattr(llm_core, name)}

    assert sorted(found) == names


def test_no_adapter_and_no_vendor_stands_in_the_public_face() -> None:
    names = [name for name in llm_core.__all__ if re.search("litellm|memory|openai|anthropic", name, re.IGNORECASE)]

    origins = {getattr(getattr(llm_core, name), "__module__", "") for name in llm_core.__all__}

    assert [] == names
    assert not [origin for origin in origins if ".adapters" in origin]


def test_the_unions_are_closed_over_what_is_exported() -> None:
    unions = [Message, OutputFormat, StreamEvent, ToolChoice]

    members = {member for union in unions for member in get_args(union) if isinstance(member, type)}

    assert members <= {getattr(llm_core, name) for name in llm_core.__all__}
    assert 4 + 2 + 5 + 1 == len(members)


def test_public_things_have_a_sentence() -> None:
    things = [getattr(llm_core, name) for name in llm_core.__all__]

    silent = [thing for thing in things if inspect.isclass(thing) | inspect.isfunction(thing) and not thing.__doc__]

    assert [] == silent


@pytest.mark.parametrize("module", ["llm_core", "llm_core.adapters.memory"])
def test_importing_it_loads_nothing_slow(module: str) -> None:
    slow = {"asyncio", "cattrs", "environs", "httpx", "litellm", "pytest", "rich", "stamina", "typer"}

    loaded = _loaded_by(module)

    assert set() == loaded & slow
    assert module in loaded


def test_it_is_marked_as_typed() -> None:
    marker = Path(llm_core.__file__).with_name("py.typed")

    there = marker.is_file()

    assert there


def _loaded_by(module: str) -> set[str]:
    program = f"import json, sys, {module}; print(json.dumps([*sys.modules]))"
    run = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))
