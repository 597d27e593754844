import numpy as np
import pandas as pd
import pytest

from lib.evaluation import Result
from lib.evaluation import error_analysis as errors

LABELS = np.array([0, 1, 1, 0])


def run(title, architecture, positive):
    """A run that gives these probabilities of class 1 on four test texts."""
    positive = np.array(positive)
    return Result(
        {"title": title, "model": {"architecture": architecture}},
        {"test": LABELS},
        {"test": np.stack([1 - positive, positive], axis=1)},
        None,
    )


@pytest.fixture
def runs():
    return {
        "a": run("A", "lstm", [0.1, 0.9, 0.2, 0.2]),
        "b": run("B", "gru", [0.1, 0.2, 0.2, 0.2]),
        "c": run("C", "rnn", [0.1, 0.9, 0.2, 0.9]),
        "d": run("D", "mamba", [0.9, 0.9, 0.9, 0.9]),
    }


def test_traits_are_counted():
    weights = {"great": -3.0, "fine": 1.0}
    found = errors.traits(["It isn't fine, not great", "", "nothing known here"], weights)
    assert found["words"].tolist() == [5, 0, 3]
    assert found["negations"].tolist() == pytest.approx([40, 0, 100 / 3])
    assert found["verdict"][0] == 1.0
    assert found["verdict"][1:].isna().all()


def test_accuracy_by_group(runs):
    table = errors.accuracy_by(runs, pd.Series(["x", "x", "y", "y"]))
    assert table.loc["x"].tolist() == [1.0, 0.5, 1.0, 0.5]
    assert table.loc["y"].tolist() == [0.5, 0.5, 0.0, 0.5]
    assert table.columns.tolist() == ["A", "B", "C", "D"]


def test_flipped_labels_are_found_first():
    random = np.random.default_rng(0)
    true = random.integers(0, 3, 600)
    proba = np.full((600, 3), 0.05) + 0.85 * np.eye(3)[true] + random.random((600, 3)) * 0.05
    proba /= proba.sum(axis=1, keepdims=True)
    labels = true.copy()
    flipped = random.choice(600, 20, replace=False)
    labels[flipped] = (labels[flipped] + 1) % 3
    found = errors.doubtful_labels(labels, proba)
    assert set(found[:20]) <= set(flipped)
    assert len(set(flipped) & set(found)) >= 8
    assert len(errors.doubtful_labels(true, np.eye(3)[true])) == 0
