"""Tests of the names that the package exports."""

import ast
import inspect
import json
import re
import subprocess
import sys
from importlib import import_module
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


def test_every_name_of_the_vocabulary_is_exported() -> None:
    vocabulary = VOCABULARY.split()

    missing = [name for name in vocabulary if name not in llm_core.__all__ or not hasattr(llm_core, name)]

    assert [] == missing


def test_the_exported_names_are_sorted_and_unique() -> None:
    names = llm_core.__all__

    found = {name for name in names if hasattr(llm_core, name)}

    assert sorted(found) == names


def test_no_adapter_and_no_provider_is_exported() -> None:
    names = [name for name in llm_core.__all__ if re.search("litellm|memory|openai|anthropic", name, re.IGNORECASE)]

    origins = {getattr(getattr(llm_core, name), "__module__", "") for name in llm_core.__all__}

    assert [] == names
    assert not [origin for origin in origins if ".adapters" in origin]


def test_the_unions_are_closed_over_what_is_exported() -> None:
    unions = [Message, OutputFormat, StreamEvent, ToolChoice]

    members = {member for union in unions for member in get_args(union) if isinstance(member, type)}

    assert members <= {getattr(llm_core, name) for name in llm_core.__all__}
    assert 4 + 2 + 5 + 1 == len(members)


def test_everything_public_has_a_docstring() -> None:
    things = [getattr(llm_core, name) for name in llm_core.__all__]

    silent = [thing for thing in things if inspect.isclass(thing) | inspect.isfunction(thing) and not thing.__doc__]

    assert [] == silent


@pytest.mark.parametrize("module", ["llm_core", "llm_core.adapters.memory"])
def test_the_import_loads_no_slow_library(module: str) -> None:
    slow = {"asyncio", "cattrs", "environs", "httpx", "httpcore2", "litellm", "pytest", "rich", "typer"}

    loaded = _loaded_by(module)

    assert set() == loaded & slow
    assert module in loaded


@pytest.mark.parametrize("name", llm_core.__all__)
def test_each_name_is_the_object_of_its_module(name: str) -> None:
    module = import_module(llm_core._MODULE_OF[name], "llm_core")

    assert getattr(module, name) is getattr(llm_core, name)
    assert vars(llm_core)[name] is getattr(llm_core, name)  # found once


def test_every_name_has_a_module_and_no_other_name_has_one() -> None:
    assert sorted(llm_core._MODULE_OF) == llm_core.__all__


def test_type_checkers_see_the_modules_that_names_are_imported_from() -> None:
    tree = ast.parse(Path(llm_core.__file__).read_text(encoding="utf-8"))
    (seen_by_checkers,) = (node.body for node in tree.body if isinstance(node, ast.If))

    declared = {
        alias.name: f".{node.module}"
        for node in seen_by_checkers
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert llm_core._MODULE_OF == declared


@pytest.mark.parametrize("name", ["LiteLLMChat", "chat_from_envs", "_no", "__no__"])
def test_an_unknown_name_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match=rf"^module 'llm_core' has no attribute '{name}'$"):
        getattr(llm_core, name)
    with pytest.raises(ImportError, match=f"cannot import name '{name}' from 'llm_core'"):
        exec(f"from llm_core import {name}")  # noqa: S102 -- an import of a name that does not exist


def test_dir_lists_every_name_whether_it_is_imported_yet_or_not() -> None:
    program = "import json, llm_core; print(json.dumps([dir(llm_core), sorted(set(vars(llm_core)))]))"
    run = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    listed, imported = json.loads(run.stdout)

    assert {*llm_core.__all__, "__version__", "__all__"} <= set(listed)
    assert sorted(listed) == listed
    assert set() == set(imported) & set(llm_core.__all__)


def test_a_star_import_imports_every_name() -> None:
    names: dict[str, object] = {}

    exec("from llm_core import *", names)  # noqa: S102 -- a star import stands at a module's top alone

    assert {*llm_core.__all__} == names.keys() - {"__builtins__"}


def test_the_package_is_marked_as_typed() -> None:
    marker = Path(llm_core.__file__).with_name("py.typed")

    there = marker.is_file()

    assert there


def _loaded_by(module: str) -> set[str]:
    program = f"import json, sys, {module}; print(json.dumps([*sys.modules]))"
    run = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))
