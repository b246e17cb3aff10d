"""A pytest plugin with a fast Hypothesis profile: few examples, the same ones each time, and no shrinking."""

from hypothesis import Phase, settings

settings.register_profile(
    "mutants", max_examples=25, derandomize=True, database=None, deadline=None, phases=[Phase.explicit, Phase.generate]
)
