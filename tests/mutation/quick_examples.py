"""Hypothesis by the minute: the same few examples every time, and none made smaller, for nobody reads them."""

from hypothesis import Phase, settings

settings.register_profile(
    "mutants", max_examples=25, derandomize=True, database=None, deadline=None, phases=[Phase.explicit, Phase.generate]
)
