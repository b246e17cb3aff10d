"""Hypothesis settings of the fuzz tests: few examples in the test suite, more under `make fuzz`."""

import os

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))  # `loop.py` sets more
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
_PHASES = (Phase.explicit, Phase.generate, Phase.target, Phase.shrink)[: 2 if "FUZZ_BRIEFLY" in os.environ else 4]


def fuzz(share: float = 1.0) -> settings:
    """Return the settings of a property, with *share* times the usual examples. A failure prints its blob."""
    return settings(
        max_examples=max(1, int(EXAMPLES * share)),
        deadline=None,  # machines are shared
        print_blob=True,
        database=None,  # a finding is repeated by its blob, on any machine
        suppress_health_check=_SLOW,
        phases=_PHASES,
    )
