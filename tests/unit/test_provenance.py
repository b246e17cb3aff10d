import sys
import zipfile  # noqa: F401 -- loaded from elsewhere
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

from llm_core import from_async, from_sync
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing.report.provenance import adapter_name, places, version_of
from llm_core.wrappers.retrying import Retrying


def test_the_adapter_is_the_chat_inside_our_wrappers() -> None:
    chat = InMemoryChat.echo()
    wrapped = [chat, from_sync(chat), from_async(from_sync(chat)), Retrying(chat)]

    names = {adapter_name(one) for one in wrapped}

    assert {"llm_core.adapters.memory.chat.InMemoryChat"} == names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("attr.Factory", f"attrs {version('attrs')}"),
        ("llm_core.adapters.memory.chat.InMemoryChat", " 0.1.0"),
        ("nowhere.Chat", ""),
        (f"{__name__}.Chat", ""),
    ],
)
def test_the_version_is_the_distributions(name: str, expected: str) -> None:
    seen = version_of(name)

    assert seen.endswith(expected)
    assert bool(expected) is bool(seen)


@pytest.fixture
def _another_of_the_name(tmp_path: Path) -> Iterator[None]:
    """A distribution with a module that was loaded from elsewhere."""
    (tmp_path / "acme-1.dist-info").mkdir()
    (tmp_path / "acme-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1\n")
    (tmp_path / "acme-1.dist-info" / "top_level.txt").write_text("zipfile\n")
    sys.path.insert(0, str(tmp_path))
    yield
    sys.path.remove(str(tmp_path))


@pytest.mark.usefixtures("_another_of_the_name")
def test_a_distribution_has_no_version_for_another_module_of_the_name() -> None:
    assert ["acme"] == packages_distributions()["zipfile"]

    seen = version_of("zipfile.Chat")

    assert "" == seen


def test_the_places_of_a_failure_are_in_the_given_packages() -> None:
    with pytest.raises(LookupError) as caught:
        broken()

    seen = (places(caught, "json.decoder"), places(caught, "json.decoder", f"{__name__}.Chat"))

    assert [] == seen[0]
    assert 1 == len(seen[1])
    assert seen[1][0].startswith("tests/unit/test_provenance.py:")
    assert seen[1][0].endswith(" in broken")


def broken() -> None:
    raise LookupError
