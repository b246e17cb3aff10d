"""What is mutated, and the tests that look at it."""

import json
from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class Part:
    """A room of the house.

    *unit_tests* are tried on every mutant, the quickest first; *contract_tests* on those that they let live.
    """

    files: tuple[str, ...]
    unit_tests: list[str]
    contract_tests: list[str]
    arguments: tuple[str, ...] = (
        *("-p", "no:cacheprovider", "-W", "ignore"),
        *("-p", "tests.mutation.quick_examples", "--hypothesis-profile=mutants"),
    )

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


_ADAPTER = "llm_core/adapters/litellm"

PARTS: dict[str, Part] = {
    "domain": Part(
        files=("llm_core/domain/*.py",),
        unit_tests=_unit(
            "chat_settings", "errors", "events", "in_memory_chat", "in_memory_script", "invalid_documents",
            "json_values", "laws", "messages", "parts", "requests", "responses", "serialization", "showing",
            "split_characters", "statuses", "tools", "usage", "values",
        ),
        contract_tests=["tests/contract/test_in_memory_chat.py"],
    ),
    "litellm": Part(
        files=(f"{_ADAPTER}/*.py",),
        unit_tests=_all_of("litellm_", "direct_", "providers"),
        contract_tests=["tests/contract/test_litellm_direct.py", "tests/contract/test_litellm_chat.py"],
    ),
    "wires": Part(
        files=(f"{_ADAPTER}/wires/*.py", f"{_ADAPTER}/transport/*.py"),
        unit_tests=[
            *_all_of("wire_", "direct_", "providers"),
            *_unit("litellm_answers", "litellm_calls", "litellm_freed", "sent_back"),
        ],
        contract_tests=["tests/contract/test_litellm_direct.py"],
    ),
}  # fmt: skip
