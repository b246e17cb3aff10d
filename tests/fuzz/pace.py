"""How many examples each property is tried with: few in the suite, as many as there is time for by `make fuzz`."""

import os

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))  # the loop says more
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
_PHASES = (Phase.explicit, Phase.generate, Phase.target, Phase.shrink)


def fuzzed(share: float = 1.0) -> settings:
    """Return the settings of a property; *share* of the examples where each takes long. A failure says its blob."""
    return settings(
        max_examples=max(1, int(EXAMPLES * share)),
        deadline=None,  # machines are shared
        print_blob=True,
        database=None,  # a finding is repeated by its blob, wherever it was found
        suppress_health_check=_SLOW,
        phases=_PHASES,
    )
