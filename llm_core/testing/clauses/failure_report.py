"""Shows the message of a failed clause alone: pytest would show frames of the suite before it."""

from collections.abc import Generator
from typing import Protocol, runtime_checkable

import pytest

from .failure import Failure

_NAME = "llm-core-failures"
_NOTHING_HIDDEN = "fulltrace"  # pytest's option --full-trace


@runtime_checkable
class _Suite(Protocol):
    def failure_of(self, error: BaseException, /) -> Failure | None: ...


def install_failure_report(config: pytest.Config) -> None:
    """Register the plugin that shows the messages of clauses, unless the author wants to see every frame."""
    if not config.pluginmanager.has_plugin(_NAME) and not config.getoption(_NOTHING_HIDDEN, default=False):
        config.pluginmanager.register(_FailureReport(), _NAME)


class _FailureReport:
    """Replaces the traceback of a clause that failed by its message."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        suite: object = getattr(item, "instance", None)
        if report.failed and call.excinfo is not None and isinstance(suite, _Suite):
            failure = suite.failure_of(call.excinfo.value)
            if failure is not None:
                failed = pytest.fail.Exception(str(failure), pytrace=False).with_traceback(call.excinfo.tb)
                report.longrepr = pytest.ExceptionInfo.from_exception(failed).getrepr(style="value", chain=False)
        return report
