"""The parts of llm_core that are mutated, and the tests that run over each."""

import json
from collections.abc import Mapping
from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class Part:
    """Modules to mutate, and their tests.

    mutmut runs *unit_tests* over every mutant, the fastest first, or the fastest file. A survivor is run again on
    *contract_tests*, or on the *own_contract_tests* of its module. With *runs_at_import* it is run again on the unit
    tests too, in a new process, since the mutated code may run during import.
    """

    files: tuple[str, ...]
    unit_tests: list[str]
    contract_tests: list[str]
    own_contract_tests: Mapping[str, list[str]] = attrs.field(factory=dict)
    runs_at_import: bool = False
    plugins: tuple[str, ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return the pytest options of every run."""
        plugins = ("no:cacheprovider", "tests.mutation.fresh_caches", "tests.mutation.quick_examples", *self.plugins)
        options = (option for plugin in plugins for option in ("-p", plugin))
        return (*options, "-W", "ignore", "-m", "call_lane or not call_lane", "--hypothesis-profile=mutants")

    def rerun_arguments(self, mutant: str) -> list[str]:
        """Return the tests for the rerun of *mutant*, a dotted name."""
        module = next((name for name in self.own_contract_tests if f".{name}." in mutant), None)
        contract = self.contract_tests if module is None else self.own_contract_tests[module]
        return [*(self.unit_tests if self.runs_at_import else ()), *contract]

    def settings(self) -> str:
        """Return the section of pyproject.toml that mutmut reads."""
        return f"""
[tool.mutmut]
source_paths = ["llm_core"]
only_mutate = {json.dumps(self.files)}
also_copy = ["llm_core_pytest.py", "examples", "docs", "README.md", "CHANGELOG.md"]
pytest_add_cli_args = {json.dumps(self.arguments)}
pytest_add_cli_args_test_selection = {json.dumps(self.unit_tests)}
timeout_multiplier = 5.0
timeout_constant = 10.0
use_git_change_detection = false
"""


def _unit(*names: str) -> list[str]:
    return [f"tests/unit/test_{name}.py" for name in names]


def _unit_starting_with(*prefixes: str) -> list[str]:
    root = Path(__file__).parents[2]
    return sorted(
        str(file.relative_to(root)) for prefix in prefixes for file in root.glob(f"tests/unit/test_{prefix}*.py")
    )


def _modules(*folders: str) -> tuple[str, ...]:
    """Return the modules of these folders one by one, since mutmut's ``*`` also matches subfolders."""
    root = Path(__file__).parents[2]
    return tuple(sorted(str(file.relative_to(root)) for folder in folders for file in root.glob(f"{folder}/*.py")))


_ADAPTER = "llm_core/adapters/litellm"
_DIRECT = "tests/contract/test_litellm_direct.py::TestDirectLaneOver"
_WHOLE = "tests/contract/test_direct_chat_whole.py::TestDirectChatOver"
_CALL = "tests/contract/test_litellm_chat.py::TestCallLaneOver"
_WITHOUT_TIMING = ("-k", "not slow and not silen and not drip and not time")  # time limits fail on a busy machine
_CALL_LANE = [f"{_CALL}OpenAI", f"{_CALL}Anthropic", *_WITHOUT_TIMING]
_FAST_GC = ("tests.mutation.kept_vendor",)

PARTS: dict[str, Part] = {
    "domain": Part(
        files=_modules("llm_core/domain"),
        unit_tests=_unit(
            "errors", "events", "http_errors", "in_memory_chat", "in_memory_script", "invalid_documents", "json_values",
            "messages", "parts", "properties", "reprs", "requests", "responses", "serialization", "settings",
            "surrogates", "tools", "usage", "values",
        ),
        contract_tests=["tests/contract/test_in_memory_chat.py"],
        runs_at_import=True,
    ),
    "litellm": Part(
        files=_modules(_ADAPTER, "llm_core/providers"),
        unit_tests=_unit_starting_with(
            "adapter_config", "chat_copies", "direct_calls", "endpoints", "error_payloads", "http_answer", "litellm_",
            "masking", "openai_chat_encode", "properties", "provider_", "replay", "transport_",
        ),
        contract_tests=[f"{_DIRECT}OpenAI", f"{_WHOLE}Anthropic", *_WITHOUT_TIMING],
        own_contract_tests={
            **dict.fromkeys(("completion_call", "completion_kwargs", "litellm_response", "litellm_stream"), _CALL_LANE),
        },
        plugins=_FAST_GC,
    ),
    "wires": Part(
        files=_modules("llm_core/wires", "llm_core/wires/*", "llm_core/transport"),
        unit_tests=[
            *_unit_starting_with(
                "wire_", "direct_", "transport_", "provider_", "anthropic_", "cohere_chat_", "gemini_", "ollama_chat_",
                "openai_chat_",
            ),
            *_unit("adapter_config", "call_ids", "endpoints", "http_answer", "json_body", "reasoning_blocks", "replay"),
        ],
        contract_tests=[f"{_DIRECT}OpenAI"],
        own_contract_tests={
            "anthropic_messages": [f"{_WHOLE}Anthropic"],
            "gemini": [f"{_WHOLE}Gemini"],
            "ollama_chat": [f"{_WHOLE}Ollama"],
        },
        plugins=_FAST_GC,
    ),
}  # fmt: skip
