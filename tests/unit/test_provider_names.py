"""A provider's name is a literal in its profile alone, so that a rule about a provider is found there."""

import ast
from collections.abc import Iterator
from pathlib import Path

import llm_core
from llm_core.providers.registry import all_profiles

ROOT = Path(llm_core.__file__).parent
EXCEPTED = {("adapters/litellm/litellm_module.py", "openai")}  # the name of a logger


def literals(folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield file.relative_to(ROOT).as_posix(), node.value


def test_no_other_file_than_its_profile_names_a_provider() -> None:
    names = set(all_profiles())
    wires = {(f"wires/{profile.wire.name}/__init__.py", profile.wire.name) for profile in all_profiles().values()}
    independent = ("providers/", "testing/")  # the dialects of the contract know the wires by themselves

    seen = {found for found in literals(ROOT) if found[1] in names and not found[0].startswith(independent)}

    assert EXCEPTED == seen - wires  # a wire is named after the provider that it is the wire of


def test_the_search_finds_a_name() -> None:
    assert ("providers/groq.py", "groq") in set(literals(ROOT / "providers"))
