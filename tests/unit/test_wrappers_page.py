"""The code of docs/wrappers.md runs, and the page has a section for each wrapper."""

import re
from decimal import Decimal
from pathlib import Path

from llm_core import ChatPort, ModelDescription, ServerError, wrappers
from llm_core.adapters.memory import InMemoryChat
from llm_core.wrappers import Wrapper

from .verbs import complete

PAGE = (Path(__file__).parents[2] / "docs" / "wrappers.md").read_text(encoding="utf-8")
CODE = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
PRICED = ModelDescription(input_usd_per_token=Decimal(1), output_usd_per_token=Decimal(1))


def test_each_wrapper_has_a_section() -> None:
    public = {name: getattr(wrappers, name) for name in wrappers.__all__}
    names = {name for name, value in public.items() if isinstance(value, type) and issubclass(value, Wrapper)}

    assert names - {"Wrapper"} <= set(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE))


def test_the_stack_of_the_page_answers() -> None:
    names: dict[str, object] = {"ChatPort": ChatPort}
    exec("\n".join(CODE), names)  # noqa: S102 -- the page is part of this project
    stack = names["in_production"]
    assert callable(stack)

    failing = InMemoryChat(lambda _: ServerError(retry_after=0), description=PRICED)
    chat = stack(failing, InMemoryChat(["hello"], description=PRICED))

    assert "hello" == complete(chat).text
    assert 3 == len(failing.requests)
