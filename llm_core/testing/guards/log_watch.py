"""Collects the records of every logger from DEBUG, also of those that do not propagate."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collected_log(*, debug: bool) -> Iterator[list[str]]:
    """Collect each record as text within the block: message, arguments, extra fields and traceback.

    `Logger.handle` is replaced meanwhile, since a handler misses loggers that do not propagate. With *debug* the level
    of every logger is DEBUG; records below its own level are collected, and not passed to its handlers.
    """
    texts: list[str] = []
    loggers = _loggers()
    levels = {logger.name: logger.getEffectiveLevel() for logger in loggers}
    lowered = {logger: logger.level for logger in loggers if debug and logger.level > logging.DEBUG}
    unknown, handle = logging.getLogger().level, logging.Logger.handle

    def collect(self: logging.Logger, record: logging.LogRecord) -> None:
        texts.append(_text(record))
        if record.levelno >= levels.get(self.name, unknown):
            handle(self, record)

    logging.Logger.handle = collect  # type: ignore[method-assign]  # the one place that every record of every logger passes
    for logger in lowered:
        logger.setLevel(logging.DEBUG)
    try:
        yield texts
    finally:
        logging.Logger.handle = handle  # type: ignore[method-assign]  # as above
        for logger, level in lowered.items():
            if logger.level == logging.DEBUG:  # else the adapter has set it, which `process_state` reports
                logger.setLevel(level)


def _loggers() -> list[logging.Logger]:
    known = logging.getLogger().manager.loggerDict.values()
    return [logging.getLogger(), *(logger for logger in list(known) if isinstance(logger, logging.Logger))]


def _text(record: logging.LogRecord) -> str:
    """Return everything that a handler could show of *record*; no frame or object of it is kept."""
    trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
    try:
        return f"{record.name} {record.levelname}: {record.getMessage()} {vars(record)} {trace}"
    except Exception as error:  # noqa: BLE001 -- arguments that do not fit the message, or whose repr fails
        return f"{record.name} {record.levelname}: {record.msg} ({type(error).__name__})"
