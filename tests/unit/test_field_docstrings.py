import ast
import inspect
import textwrap
from collections.abc import Iterator

import attrs
import pytest

import llm_core
import llm_core.adapters.memory
from llm_core.env_settings import Settings

EXPORTED = [getattr(module, name) for module in (llm_core, llm_core.adapters.memory) for name in sorted(module.__all__)]
VALUE_CLASSES: list[type] = [
    *dict.fromkeys(value for value in EXPORTED if isinstance(value, type) and attrs.has(value)),
    Settings,
]


def undocumented(class_: type) -> Iterator[str]:
    """Yield the public fields of *class_* that are not followed by a docstring, which editors show."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(class_))).body
    assert isinstance(definition, ast.ClassDef)
    for field, following in zip(definition.body, [*definition.body[1:], ast.Pass()], strict=True):
        match field, following:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(docstring))):
                if not docstring.endswith(".") or "\n" in docstring:
                    yield f"{class_.__name__}.{name}: the docstring is not one short sentence"
            case ast.AnnAssign(target=ast.Name(name)), _ if not name.startswith("_"):
                yield f"{class_.__name__}.{name}: no docstring"


@pytest.mark.parametrize("class_", VALUE_CLASSES)
def test_every_public_field_has_a_docstring(class_: type) -> None:
    problems = list(undocumented(class_))

    assert [] == problems


def test_a_field_without_a_docstring_is_found() -> None:
    problems = list(undocumented(Undocumented))

    assert [
        "Undocumented.count: no docstring",
        "Undocumented.size: the docstring is not one short sentence",
        "Undocumented.last: no docstring",
    ] == problems


def test_the_classes_are_those_with_fields() -> None:
    names = {class_.__name__ for class_ in VALUE_CLASSES}

    assert {"ChatRequest", "ChatSettings", "StreamEnd", "BrokenStream", "Settings"} <= names
    assert len(VALUE_CLASSES) > 25


@attrs.frozen
class Undocumented:
    """A class with a documented field, and three others."""

    name: str
    """The name."""
    count: int
    size: int
    """no sentence"""
    _private: int
    last: int
