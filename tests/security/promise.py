"""A row of a table in docs/security.md: the tests that hold its promise, and faults that each of them must find."""

import attrs

DIRECT_CHAT = "tests/contract/test_direct_chat.py::TestDirectChatInAllModes"


@attrs.frozen(kw_only=True)
class Fault:
    """One replacement in a file of the project that breaks a promise on purpose; each of *tests* then fails."""

    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]


@attrs.frozen
class Promise:
    """A row of the page, by the beginning of its text."""

    begins: str
    faults: tuple[Fault, ...]

    @property
    def tests(self) -> tuple[str, ...]:
        """Return the tests that hold the promise."""
        return tuple(dict.fromkeys(test for fault in self.faults for test in fault.tests))


def unit(file: str, test: str) -> str:
    """Return the node id of a unit test."""
    return f"tests/unit/test_{file}.py::test_{test}"


def secrets(file: str, test: str) -> str:
    """Return the node id of a test of keys in output."""
    return f"tests/secrets/test_{file}.py::test_{test}"


def clause(test: str) -> str:
    """Return the node id of a clause of the contract over `DirectChat`."""
    return f"{DIRECT_CHAT}::test_{test}"
