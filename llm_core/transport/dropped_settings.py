"""Reports the settings that are not sent, because the model does not accept them."""

import logging
from typing import Literal

import attrs

from llm_core.domain.errors import UnsupportedFeatureError

_logger = logging.getLogger("llm_core")


@attrs.define(eq=False)
class DroppedSettings:
    """Warns once of each model and setting, or refuses the request (``error``)."""

    unsupported: Literal["drop", "error"]
    _warned: set[tuple[str, str]] = attrs.field(factory=set, init=False)

    def report(self, model: str, settings: tuple[str, ...]) -> None:
        """Report that *settings* are not sent to *model*.

        Raises:
            UnsupportedFeatureError: no setting may be dropped; `feature` names the first one.
        """
        if settings and self.unsupported == "error":
            raise UnsupportedFeatureError(feature=f"settings.{settings[0]}")
        for setting in settings:
            if (model, setting) not in self._warned:
                self._warned.add((model, setting))
                _logger.warning("%s does not accept the setting %s: it is not sent", model, setting)
