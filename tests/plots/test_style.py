import re
from pathlib import Path

import numpy as np
import pandas as pd

from lib import plots
from lib.plots.style import heat_map, shades


def test_plots_is_a_leaf():
    for path in Path(plots.__file__).parent.glob("*.py"):
        assert not re.search(r"(import|from) lib\b(?!\.plots)", path.read_text("utf-8")), path


def test_bars_stand_in_the_order_given_with_their_values(drawn):
    ax = drawn(plots.bars, {"a": 1, "b": 2_500.5}, xlabel="score", title="x")
    assert [t.get_text() for t in ax.texts] == ["1", "2,500.5"]
    low, high = ax.get_ylim()
    assert low > high  # the first is on top


def test_shades_differ_in_lightness():
    lightness = np.dot([c[:3] for c in shades(5)], [0.299, 0.587, 0.114])
    assert (np.diff(lightness) > 0.05).all()


def test_a_heat_map_writes_its_words_on_its_own_scale(drawn):
    table = pd.DataFrame([[0.0, 0.5]], index=["row"], columns=["x", "y"])
    ax = drawn(heat_map, table, np.array([["none", "half"]]))
    assert [t.get_text() for t in ax.texts] == ["none", "half"]
    assert ax.collections[0].get_clim() == (0, 1)
