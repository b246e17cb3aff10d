"""docs/security.md names for each promise the clauses and tests that hold it, and only ones that exist."""

import ast
import re

import pytest

from llm_core.testing import ChatPortContract

from .copies import PROJECT
from .page import PAGE, held_by, rows
from .promise import DIRECT_CHAT, Promise
from .promises import PROMISES

TEXT = PAGE.read_text(encoding="utf-8")
ROWS = dict(rows(TEXT))


def test_each_row_is_one_promise_and_each_promise_one_row() -> None:
    found = {text: [promise.begins for promise in PROMISES if text.startswith(promise.begins)] for text in ROWS}

    assert {text: [begins[0]] for text, begins in found.items() if begins} == found
    assert [promise.begins for promise in PROMISES] == list(dict.fromkeys(promise.begins for promise in PROMISES))
    assert {promise.begins for promise in PROMISES} == {begins for all_ in found.values() for begins in all_}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.begins)
def test_the_page_names_the_clauses_and_tests_of_a_promise(promise: Promise) -> None:
    [cell] = [cell for text, cell in ROWS.items() if text.startswith(promise.begins)]

    assert held_by(promise) == cell


def test_each_named_test_exists() -> None:
    named = {test.partition("[")[0] for promise in PROMISES for test in promise.tests}
    tests = {test for test in named if not test.startswith(DIRECT_CHAT)}
    functions = {f"{file}::{name}" for file in {test.partition("::")[0] for test in tests} for name in _functions(file)}

    assert set() == tests - functions
    assert [] == [test for test in named - tests if not hasattr(ChatPortContract, test.rpartition("::")[2])]


def _functions(file: str) -> set[str]:
    module = ast.parse((PROJECT / file).read_text(encoding="utf-8"))
    return {node.name for node in module.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_each_fault_is_one_place_of_the_code() -> None:
    faults = [fault for promise in PROMISES for fault in promise.faults]

    assert [] == [
        (fault.file, fault.right)
        for fault in faults
        if (PROJECT / fault.file).read_text(encoding="utf-8").count(fault.right) != 1
    ]


def test_every_file_on_the_page_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+(?:\.\w+)?)`", TEXT))

    assert len(named) > 10
    assert set() == {path for path in named if not (PROJECT / path).exists()}
