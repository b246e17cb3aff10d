"""A pytest plugin with fast Hypothesis profiles: few examples, the same ones each time, and no shrinking."""

from hypothesis import Phase, settings

settings.register_profile(
    "mutants", max_examples=25, derandomize=True, database=None, deadline=None, phases=[Phase.explicit, Phase.generate]
)
settings.register_profile("lines", settings.get_profile("mutants"), max_examples=5)  # enough to see which lines run
