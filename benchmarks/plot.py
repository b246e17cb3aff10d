"""Draw docs/benchmarks.svg from JSON on stdin, in the environment of requirements/peers-plot.txt."""

import json
import sys

import matplotlib as mpl  # type: ignore[import-not-found]  # in an environment of its own

mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "benchmarks", "svg.fonttype": "none", "font.size": 8})

from matplotlib import pyplot as plt  # noqa: E402 -- after the backend is chosen

OURS, OTHERS = "#1b6ca8", "#b8bec4"


def main(target: str) -> None:
    """Draw the panels from stdin to *target*: each is a title with the names and ratios of its bars."""
    panels = json.load(sys.stdin)
    figure, axes = plt.subplots(2, 2, figsize=(9, 6), layout="constrained", squeeze=False)
    for axis, (title, bars) in zip(axes.flat, panels, strict=False):
        names, ratios = zip(*sorted(bars, key=lambda bar: -bar[1]), strict=True)
        colors = [OURS if name.startswith("llm_core") else OTHERS for name in names]
        drawn = axis.barh(names, ratios, color=colors)
        axis.bar_label(drawn, fmt="%.1f", padding=2)
        axis.set(xscale="log", xlim=(0.8, 2.5 * max(ratios)), title=title)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle("CPU of the caller, times the same by hand with an HTTP library and json (less is better)")
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main(sys.argv[1])
