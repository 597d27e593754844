import numpy as np
import pytest

from lib import plots

CURVES = {"accuracy": [0.6, 0.7], "val_accuracy": [0.5, 0.6]}
CURVES |= {"cross_entropy": [0.7, 0.6], "val_cross_entropy": [0.7, 0.5]}
RECORD = {"history": CURVES, "best_epoch": 2}


def test_history_shows_both_parts_and_the_epoch_kept(drawn):
    ax = drawn(plots.history, RECORD)
    train, validation, kept = ax.lines
    assert train.get_ydata().tolist() == [0.6, 0.7]
    assert validation.get_ydata().tolist() == [0.5, 0.6]
    assert set(kept.get_xdata()) == {2}


def test_history_of_another_metric(drawn):
    ax = drawn(plots.history, RECORD, "cross_entropy", title="x")
    assert ax.get_ylabel() == "cross entropy"
    assert ax.lines[1].get_ydata().tolist() == [0.7, 0.5]


def test_decay_stands_a_gradient_of_zero(drawn):
    ax = drawn(plots.decay, {"a": [1.0, 1e-3, 0.0], "b": [1, 2, 4]})
    assert ax.get_yscale() == "log"
    assert [line.get_label() for line in ax.lines] == ["a", "b"]
    assert (ax.lines[0].get_ydata() > 0).all()


def test_confusion_shows_counts_and_shares(drawn):
    ax = drawn(plots.confusion, [[3, 1], [0, 4]], ("no", "yes"))
    assert [t.get_text() for t in ax.texts] == [
        "3\n(75.0%)",
        "1\n(25.0%)",
        "0\n(0.0%)",
        "4\n(100.0%)",
    ]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "true")


def test_confusion_of_many_classes_shows_shares_alone(drawn):
    ax = drawn(plots.confusion, 5 * np.eye(8), list("abcdefgh"))
    assert {t.get_text() for t in ax.texts} == {"", "100"}
    assert [t.get_text() for t in ax.get_yticklabels()] == list("abcdefgh")


@pytest.mark.parametrize("after", [None, np.array([[5, 0.7, 0.8], [0, 0, 0]])])
def test_reliability_leaves_empty_bins_out(drawn, after):
    ax = drawn(plots.reliability, np.array([[5, 0.9, 0.8], [0, 0, 0]]), after=after)
    model = ax.lines[1]
    assert (model.get_xdata().tolist(), model.get_ydata().tolist()) == ([0.9], [0.8])
    assert len(ax.lines) == (2 if after is None else 3)
