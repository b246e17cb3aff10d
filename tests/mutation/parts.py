"""What is mutated, and the tests that look at it."""

import json
from collections.abc import Mapping
from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class Part:
    """A room of the house.

    *unit_tests* are tried on every mutant, the quickest first, or the quickest file. Those that they let live are tried
    on *contract_tests*, or on what *own_contract_tests* has for the module; *runs_at_import*: on the unit tests too, in
    a new process.
    """

    files: tuple[str, ...]
    unit_tests: list[str]
    contract_tests: list[str]
    own_contract_tests: Mapping[str, list[str]] = attrs.field(factory=dict)
    runs_at_import: bool = False
    plugins: tuple[str, ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return what pytest is told each time."""
        plugins = ("no:cacheprovider", "tests.mutation.fresh_caches", "tests.mutation.quick_examples", *self.plugins)
        told = (word for plugin in plugins for word in ("-p", plugin))
        return (*told, "-W", "ignore", "-m", "call_lane or not call_lane", "--hypothesis-profile=mutants")

    def second_look(self, mutant: str) -> list[str]:
        """Return what *mutant*, by its dotted name, is tried on once more."""
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


def _unit(*concepts: str) -> list[str]:
    return [f"tests/unit/test_{concept}.py" for concept in concepts]


def _all_of(*kinds: str) -> list[str]:
    root = Path(__file__).parents[2]
    return sorted(str(file.relative_to(root)) for kind in kinds for file in root.glob(f"tests/unit/test_{kind}*.py"))


def _modules(*folders: str) -> tuple[str, ...]:
    """Return the modules of these folders one by one: mutmut's ``*`` goes into the folders below as well."""
    root = Path(__file__).parents[2]
    return tuple(sorted(str(file.relative_to(root)) for folder in folders for file in root.glob(f"{folder}/*.py")))


_ADAPTER = "llm_core/adapters/litellm"
_DIRECT = "tests/contract/test_litellm_direct.py::TestDirectLaneOver"
_WHOLE = "tests/contract/test_litellm_direct_whole.py::TestDirectLaneOver"
_CALL = "tests/contract/test_litellm_chat.py::TestCallLaneOver"
_UNHURRIED = ("-k", "not slow and not silen and not drip and not time")  # a busy machine fails what keeps time
_CALLED = [f"{_CALL}OpenAI", f"{_CALL}Anthropic", *_UNHURRIED]
_KEPT = ("tests.mutation.kept_vendor",)

PARTS: dict[str, Part] = {
    "domain": Part(
        files=_modules("llm_core/domain"),
        unit_tests=_unit(
            "chat_settings", "errors", "events", "in_memory_chat", "in_memory_script", "invalid_documents",
            "json_values", "laws", "messages", "parts", "requests", "responses", "serialization", "showing",
            "split_characters", "statuses", "tools", "usage", "values",
        ),
        contract_tests=["tests/contract/test_in_memory_chat.py"],
        runs_at_import=True,
    ),
    "litellm": Part(
        files=_modules(_ADAPTER),
        unit_tests=_all_of("call_ids", "direct_", "laws", "litellm_", "providers", "refused_settings", "sent_back"),
        contract_tests=[f"{_DIRECT}OpenAI", f"{_WHOLE}Anthropic", *_UNHURRIED],
        own_contract_tests={
            **dict.fromkeys(("answers", "call", "call_attempt", "chunks"), _CALLED),
            "gemini_requests": [f"{_WHOLE}Gemini", *_UNHURRIED],
        },
        plugins=_KEPT,
    ),
    "wires": Part(
        files=_modules(f"{_ADAPTER}/wires", f"{_ADAPTER}/transport"),
        unit_tests=[
            *_all_of("wire_", "direct_", "providers"),
            *_unit("litellm_answers", "litellm_calls", "litellm_freed", "sent_back"),
        ],
        contract_tests=[f"{_DIRECT}OpenAI"],
        own_contract_tests={
            "anthropic_messages": [f"{_WHOLE}Anthropic"],
            "gemini": [f"{_WHOLE}Gemini"],
            "ollama_chat": [f"{_WHOLE}Ollama"],
        },
        plugins=_KEPT,
    ),
}  # fmt: skip
