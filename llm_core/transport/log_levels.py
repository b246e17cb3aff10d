"""Log levels of the libraries beneath: at lower levels they log requests and answers, which may quote a key."""

import logging
from collections.abc import Mapping


def limit_log_levels(levels: Mapping[str, int]) -> None:
    """Raise the level of each logger to the given one. A level that the user has set is left as it is."""
    for name, level in levels.items():
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(max(level, logger.getEffectiveLevel()))
