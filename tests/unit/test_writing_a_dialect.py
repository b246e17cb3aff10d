"""Follows docs/writing-a-dialect.md, whose code is examples/tiny_dialect.py."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_dialect
from tiny_dialect import TinyDialect

from llm_core import ChatPort
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import Capabilities, ChatPortContract, Dialect, Scenario, assert_dialect

TREE = Path(__file__).parents[2]
SOURCE = (TREE / "examples" / "tiny_dialect.py").read_text(encoding="utf-8")
PAGE = (TREE / "docs" / "writing-a-dialect.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?:^`([\w/.]+)`:\n\n)?^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
PYTHON = [text for name, language, text in BLOCKS if language == "python" and not name]


def test_the_page_shows_the_whole_example() -> None:
    *shown, _ = PYTHON
    lines = [line for block in shown for line in block.splitlines() if line]

    assert [] == [block for block in shown if block not in SOURCE]
    assert sorted(lines) == sorted(line for line in SOURCE.splitlines()[1:] if line)


def test_the_files_of_the_page_pass_in_an_empty_folder(tmp_path: Path) -> None:
    [(name, _, test)] = [block for block in BLOCKS if block[0]]
    (tmp_path / name).write_text(test, encoding="utf-8")
    (tmp_path / "tiny_dialect.py").write_text(SOURCE, encoding="utf-8")

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", name]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "1 passed" in run.stdout


def test_the_output_that_the_page_shows_is_printed() -> None:
    [shown] = [text for _, language, text in BLOCKS if language == "text"]
    names = vars(tiny_dialect).copy()
    forgetful = SOURCE.replace('                max_tokens=body.pop("max_length", None),\n', "")

    exec(forgetful, names)  # noqa: S102 -- the example is part of this project
    with pytest.raises(AssertionError) as raised:
        assert_dialect(names["TinyDialect"](), tiny_dialect.write)

    printed = str(raised.value).splitlines()
    assert 3 == len(shown.splitlines())
    assert [] == [line for line in shown.splitlines() if line not in printed]


def test_the_page_names_every_member() -> None:
    rows = PAGE.partition("| member |")[2].partition("\n\n")[0]
    members = {name for name in vars(Dialect) if not name.startswith("_")}

    assert members == set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", rows, re.MULTILINE))))


def test_the_contract_class_of_the_page_is_one() -> None:
    class TinyChat(InMemoryChat):
        def __init__(self, url: str, *, key: str) -> None:
            super().__init__([])
            self.url, self.key = url, key

    names: dict[str, object] = {
        "Capabilities": Capabilities,
        "ChatPort": ChatPort,
        "ChatPortContract": ChatPortContract,
        "Scenario": Scenario,
        "TinyChat": TinyChat,
        "TinyDialect": TinyDialect,
    }

    exec(PYTHON[-1], names)  # noqa: S102 -- the page is part of this project

    contract = names["TestTinyChat"]
    assert isinstance(contract, type)
    assert issubclass(contract, ChatPortContract)
