from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from lib import plots

TABLE = pd.DataFrame(
    {
        "model": ["a", "b"],
        "accuracy": [0.8, 0.9],
        "low": [0.79, 0.89],
        "high": [0.81, 0.91],
        "coursework": [0.7, None],
        "training s": [10.0, 100.0],
    }
)
HISTORY = {"accuracy": [0.6, 0.7], "val_accuracy": [0.5, 0.6]}
PROBES = pd.DataFrame({"m": [0.9, 0.2]}, index=["one", "two"])
GAPS = pd.DataFrame([[0.0, 0.2], [-0.2, 0.0]], index=["a", "b"], columns=["a", "b"])
CALLS = {
    "bars": lambda ax: plots.bars({"a": 1, "b": 2.5}, xlabel="score", ax=ax),
    "class_balance": lambda ax: plots.class_balance({"train": [0, 1, 1]}, ("no", "yes"), ax=ax),
    "class_balance, many": lambda ax: plots.class_balance({"train": [0, 3]}, tuple("abcd"), ax=ax),
    "length_histogram": lambda ax: plots.length_histogram({"train": [3, 50, 9]}, caps=(20,), ax=ax),
    "vector_map": lambda ax: plots.vector_map(np.eye(3)[:, :2], "abc", "xxy", ax=ax),
    "history": lambda ax: plots.history({"history": HISTORY, "best_epoch": 2}, ax=ax),
    "confusion of many": lambda ax: plots.confusion(np.eye(8), list("abcdefgh"), ax=ax),
    "confusion": lambda ax: plots.confusion([[3, 1], [0, 4]], ("no", "yes"), ax=ax),
    "reliability": lambda ax: plots.reliability(np.array([[5, 0.9, 0.8], [0, 0, 0]]), ax=ax),
    "accuracy_dots": lambda ax: plots.accuracy_dots(TABLE, other="coursework", ax=ax),
    "significance": lambda ax: plots.significance(GAPS, GAPS.abs() / 10, ax=ax),
    "shares": lambda ax: plots.shares(PROBES, label="share", ax=ax),
    "lines": lambda ax: plots.lines({"a": ([1, 2], [3, 4])}, xlabel="x", ylabel="y", ax=ax),
    "probe_heatmap": lambda ax: plots.probe_heatmap(PROBES, [1, 1], ax=ax),
    "decay": lambda ax: plots.decay({"a": [1.0, 1e-3, 0.0], "b": [1, 2, 4]}, ax=ax),
    "cost_scatter": lambda ax: plots.cost_scatter(TABLE, "training s", ax=ax),
    "word_cloud": lambda ax: plots.word_cloud({"good": 3.0, "bad": 1.0}, ax=ax),
}


@pytest.fixture(autouse=True)
def _close():
    plots.style()
    yield
    plt.close("all")


@pytest.mark.parametrize("name", CALLS)
def test_draws_on_the_axes_given_and_returns_it(name):
    given = plt.subplots()[1]
    assert CALLS[name](given) is given
    given.figure.canvas.draw()


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"probe_heatmap", "word_cloud"}))
def test_makes_its_own_axes_and_labels_both(name):
    ax = CALLS[name](None)
    labels = [ax.get_xlabel(), ax.get_ylabel(), *(t.get_text() for t in ax.get_yticklabels())]
    assert any(labels), name


def test_wrong_probes_carry_a_cross():
    words = [t.get_text() for t in plots.probe_heatmap(PROBES, [1, 1]).texts]
    assert words == ["0.90", "✗ 0.20"]


@pytest.mark.parametrize(("value", "drawn"), [(np.nan, False), (0.8, True)])
def test_published_figures_are_drawn_only_where_there_are_any(value, drawn):
    ax = plots.accuracy_dots(TABLE.assign(coursework=value), other="coursework")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert any("coursework" in label for label in labels) is drawn


def test_token_heatmap_breaks_rows_and_shows_the_sign():
    words = ["good"] * 29 + ["bad"]
    ax = plots.token_heatmap(words, [0.5] * 29 + [-1.0], width=50)
    drawn = [t for t in ax.texts if t.get_text()]
    assert [t.get_text() for t in drawn] == words
    assert max(t.get_position()[0] for t in drawn) <= 50
    assert len({t.get_position()[1] for t in drawn}) == 3
    assert [t.get_style() for t in drawn] == ["normal"] * 29 + ["italic"]
    assert plots.token_heatmap(["a"], [0.0]) is not None


def test_attention_maps_have_a_panel_per_head():
    axs = plots.attention_maps(np.full((2, 3, 3), 1 / 3), ["a", "b", "c"])
    assert [ax.get_title("left") for ax in axs] == ["head 1", "head 2"]
    assert [t.get_text() for t in axs[0].get_xticklabels()] == ["a", "b", "c"]


def test_what_is_not_significant_stays_blank():
    gaps = pd.DataFrame(2.0, index=list("ab"), columns=list("ab"))
    p_values = pd.DataFrame([[1.0, 0.01], [0.2, 1.0]], index=list("ab"), columns=list("ab"))
    ax = plots.significance(gaps, p_values)
    assert [t.get_text() for t in ax.texts if t.get_text()] == ["+2.0"]


def test_the_line_joins_what_is_not_beaten():
    ax = plots.cost_scatter(TABLE, "training s")
    (front,) = [line for line in ax.lines if line.get_label() == "not beaten"]
    assert front.get_xdata().tolist() == [10.0, 100.0]


def test_names_stand_apart_in_the_order_of_their_points():
    accuracy = [0.9, 0.85, 0.902, 0.901, 0.901, 0.95]
    table = pd.DataFrame({"model": list("abcdef"), "accuracy": accuracy, "s": [5, 1, 9, 7, 7, 3]})
    ax = plots.cost_scatter(table, "s")
    heights = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert sorted(heights, key=heights.get) == ["b", "a", "d", "e", "c", "f"]
    ax.figure.draw_without_rendering()
    boxes = sorted((text.get_window_extent() for text in ax.texts), key=lambda box: box.y0)
    inside = ax.get_window_extent()
    assert all(low.y1 <= high.y0 for low, high in pairwise(boxes))
    assert all(box.x0 > inside.x1 for box in boxes)
