"""Locks hold a hash for every package and name no index: users install from their own."""

import json
from pathlib import Path

import pytest

from .licences import PROJECT

HOME = PROJECT.parent
LOCKS = [path for path in sorted((HOME / "requirements").glob("*.txt")) if path.with_suffix(".in").exists()]
THIRD_PARTY_MOCKS = HOME / "tests" / "third_party_mocks" / "package-lock.json"


@pytest.mark.parametrize("lock", [*LOCKS, HOME / "requirements" / "dev.txt"], ids=lambda lock: str(lock.stem))
def test_every_locked_package_has_a_hash_and_no_url(lock: Path) -> None:
    packages = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()

    lines = [package for package in packages if not package.startswith("#")]
    assert lines
    assert [] == [package for package in lines if "==" not in package or " --hash=sha256:" not in package]
    assert [] == [package for package in lines if "://" in package or "index" in package.partition("==")[0]]


def test_every_npm_package_has_a_hash_and_no_url() -> None:
    packages = json.loads(THIRD_PARTY_MOCKS.read_text(encoding="utf-8"))["packages"]

    dependencies = {name: package for name, package in packages.items() if name}
    assert {"node_modules/@copilotkit/aimock"} == set(dependencies)
    assert all(package["integrity"].startswith("sha512-") for package in dependencies.values())
    assert "://" not in THIRD_PARTY_MOCKS.read_text(encoding="utf-8")
