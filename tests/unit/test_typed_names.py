"""The names of `llm_core.typed`: they are imported on first use, and say which extra is missing."""

import subprocess
import sys

import pytest

import llm_core.typed

WITHOUT_PYDANTIC = """
import sys
sys.modules["pydantic"] = None  # as if it were not installed
import llm_core.typed
try:
    llm_core.typed.complete_as
except llm_core.ConfigurationError as error:
    print(error, error.__cause__)
print(llm_core.typed.InvalidAnswerError.__name__)
"""
LAZY = """
import sys
from llm_core.typed import InvalidAnswerError
print("pydantic" in sys.modules)
from llm_core.typed import complete_as
print("pydantic" in sys.modules, "docstring_parser" in sys.modules, "litellm" in sys.modules)
"""
BROKEN = """
import sys
sys.modules["llm_core.ports.chat"] = None
import llm_core.typed
try:
    llm_core.typed.complete_as
except ModuleNotFoundError as error:
    print(error.name)
"""


def _output(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("program", "output"),
    [
        (
            WITHOUT_PYDANTIC,
            "llm_core.typed.complete_as needs pydantic: pip install llm-core[typed] None\nInvalidAnswerError\n",
        ),
        (LAZY, "False\nTrue False False\n"),
        (BROKEN, "llm_core.ports.chat\n"),
    ],
)
def test_names_are_imported_on_first_use_and_name_a_missing_extra(program: str, output: str) -> None:
    assert output == _output(program)


def test_every_name_is_there_and_listed() -> None:
    assert set(llm_core.typed.__all__) <= set(dir(llm_core.typed))
    assert all(getattr(llm_core.typed, name) is not None for name in llm_core.typed.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'complete_at'"):
        getattr(llm_core.typed, "complete_at")  # noqa: B009 -- a name that is not there
