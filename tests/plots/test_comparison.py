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
PROBES = pd.DataFrame({"m": [0.9, 0.2]}, index=["one", "two"])


def names_on_the_left(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def test_accuracy_is_drawn_best_on_top(drawn):
    assert names_on_the_left(drawn(plots.accuracy_dots, TABLE)) == ["a", "b"]


@pytest.mark.parametrize(("value", "there"), [(np.nan, False), (0.8, True)])
def test_published_figures_are_drawn_only_where_there_are_any(value, there):
    ax = plots.accuracy_dots(TABLE.assign(coursework=value), other="coursework")
    _, labels = ax.get_legend_handles_labels()
    assert any("coursework" in label for label in labels) is there


def test_a_published_figure_stands_alone_where_there_is_none_of_ours(drawn):
    theirs = pd.DataFrame({"model": ["theirs"], "coursework": [0.85]})
    ax = drawn(plots.accuracy_dots, pd.concat([TABLE, theirs]), other="coursework")
    assert names_on_the_left(ax) == ["a", "theirs", "b"]
    diamonds = next(line for line in ax.lines if "coursework" in line.get_label())
    assert dict(zip(*diamonds.get_data(), strict=True))[0.85] == 1


def test_wrong_probes_carry_a_cross(drawn):
    ax = drawn(plots.probe_heatmap, PROBES, [1, 1])
    assert [t.get_text() for t in ax.texts] == ["0.90", "✗ 0.20"]
    assert names_on_the_left(ax) == ["one  [+]", "two  [+]"]
    positive, negative = ax.collections[0].get_facecolors()
    assert positive[2] > positive[0]  # violet
    assert negative[2] < negative[0]  # orange


def test_shares_are_in_percent_and_blank_where_there_is_none(drawn):
    table = pd.DataFrame({"m": [0.9, np.nan, 0.204]}, index=list("abc"))
    ax = drawn(plots.shares, table, label="share")
    assert [t.get_text() for t in ax.texts if t.get_text()] == ["90", "20"]


def test_what_is_not_significant_stays_blank(drawn):
    gaps = pd.DataFrame(2.0, index=list("ab"), columns=list("ab"))
    p_values = pd.DataFrame([[1.0, 0.01], [0.2, 1.0]], index=list("ab"), columns=list("ab"))
    ax = drawn(plots.significance, gaps, p_values)
    assert [t.get_text() for t in ax.texts if t.get_text()] == ["+2.0"]


def test_lines_differ_in_style(drawn):
    curves = {name: ([1, 2], [3, 4]) for name in "ab"}
    ax = drawn(plots.lines, curves, xlabel="x", ylabel="y")
    assert [line.get_label() for line in ax.lines] == ["a", "b"]
    assert len({line.get_linestyle() for line in ax.lines}) == 2


def test_lines_take_their_markers_in_turn(drawn):
    curves = {name: ([1, 2], [3, 4]) for name in "abc"}

    def markers(kind):
        ax = drawn(plots.lines, curves, xlabel="x", ylabel="y", marker=kind)
        return [line.get_marker() for line in ax.lines]

    assert markers("os") == ["o", "s", "o"]
    assert markers("") == ["", "", ""]
