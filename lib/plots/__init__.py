"""Every figure. Each function draws on one Axes, given or new, and returns it.

Series differ in lightness and in marker or line style, so that figures survive greyscale.
"""

from lib.plots.comparison import (
    accuracy_dots,
    lines,
    probe_heatmap,
    shares,
    significance,
    steps,
)
from lib.plots.network import network
from lib.plots.style import DARK, LIGHT, STYLES, bars, style
from lib.plots.training import confusion, decay, history, reliability
from lib.plots.words import (
    class_balance,
    length_histogram,
    token_heatmap,
    vector_map,
    word_cloud,
)

__all__ = [
    "DARK", "LIGHT", "STYLES", "accuracy_dots", "bars", "class_balance", "confusion", "decay",
    "history", "length_histogram", "lines", "network", "probe_heatmap", "reliability", "shares",
    "significance", "steps", "style", "token_heatmap", "vector_map", "word_cloud",
]  # fmt: skip
