"""Fails a clause that anything but the suite skips: a fixture, a hook or a conftest of the author's."""

from collections.abc import Generator

import pytest

from llm_core.testing.dialects.dialect import NotExpressibleError

_NAME = "llm-core-watching"


def install_skip_guard(config: pytest.Config) -> None:
    """Register the guard as a plugin: only a hook sees a skip by a fixture that runs before the clause."""
    if not config.pluginmanager.has_plugin(_NAME):
        config.pluginmanager.register(_SkipGuard(), _NAME)


class _SkipGuard:
    """Turns a skip of a clause that does not come from the suite into a failure."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if _is_clause(item) and _is_skipped_by_author(report, call):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} may only be skipped by the suite ({_reason(call)}): see `xfails`"
        return report


def _is_clause(item: pytest.Item) -> bool:
    return hasattr(getattr(item, "function", None), "clause_id")


def _is_skipped_by_author(report: pytest.TestReport, call: pytest.CallInfo[None]) -> bool:
    """Return True if the test was skipped, or called `pytest.xfail` while it ran; a declared xfail is neither."""
    reason = call.excinfo.value if call.excinfo else None
    if not report.skipped or isinstance(getattr(reason, "__cause__", None), NotExpressibleError):
        return False
    return isinstance(reason, pytest.xfail.Exception) or not hasattr(report, "wasxfail")


def _reason(call: pytest.CallInfo[None]) -> str:
    return str(call.excinfo.value) if call.excinfo else ""
