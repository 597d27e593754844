import numpy as np
import pytest

from lib import plots


@pytest.mark.parametrize("names", [("no", "yes"), tuple("abcd")])
def test_classes_are_counted(drawn, names):
    ax = drawn(plots.class_balance, {"train": [0, 1, 1]}, names)
    written = [t.get_text() for t in ax.texts]
    assert written == (["1", "2"] if len(names) == 2 else ["1", "2", "0", "0"])


def test_lengths_show_what_a_cap_cuts(drawn):
    ax = drawn(plots.length_histogram, {"train": [3, 50, 9, 60]}, caps=(20,))
    assert [t.get_text() for t in ax.texts] == ["20: cuts 50%"]


def test_a_cloud_of_words(drawn):
    assert drawn(plots.word_cloud, {"good": 3.0, "bad": 1.0}, title="x").images


def test_every_word_is_on_the_map(drawn):
    ax = drawn(plots.vector_map, np.eye(3)[:, :2], "abc", "xxy")
    assert {t.get_text() for t in ax.texts} >= set("abc")
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["x", "y"]


def test_token_heatmap_breaks_rows_and_shows_the_sign(drawn):
    words = ["good"] * 49 + ["bad"]
    ax = drawn(plots.token_heatmap, words, [0.5] * 49 + [-1.0])
    written = [t for t in ax.texts if t.get_text()]
    assert [t.get_text() for t in written] == words
    assert max(t.get_position()[0] for t in written) <= 90
    assert len({t.get_position()[1] for t in written}) == 3
    assert [t.get_style() for t in written] == ["normal"] * 49 + ["italic"]


def test_token_heatmap_of_a_word_without_weight(drawn):
    assert drawn(plots.token_heatmap, ["a" * 100], [0.0]).texts
