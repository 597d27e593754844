from dataclasses import replace

import numpy as np
import pytest

from lib.evaluation import results
from lib.export.figures import figures, seed_spread


def run_with(published, p):
    p = np.asarray(p)
    both = published.probabilities | {"validation": np.stack([1 - p, p], axis=1)}
    return replace(published, probabilities=both)


def test_figures_are_those_of_the_metrics(run):
    published = results.read(run)
    told = figures(published)
    assert told["accuracy"] == pytest.approx(published.metrics["test"]["accuracy"], abs=1e-4)
    assert told["low"] < told["accuracy"] < told["high"]
    assert told["texts"] == len(published.right)
    assert told["synthetic"]
    assert told["seeds"] is None  # there are none


def test_spread_says_where_other_seeds_lie_by_probability(run):
    published = results.read(run)
    draw = np.random.default_rng(0)
    p = draw.uniform(0, 1, 2000)
    sure = np.abs(p - 0.5) > 0.4  # there seeds agree
    gap = np.where(sure, 0.0, draw.uniform(-0.1, 0.2, 2000))
    spread = seed_spread(run_with(published, p), [run_with(published, np.clip(p + gap, 0, 1))])
    assert len(spread) == 10
    assert [row["until"] for row in spread] == sorted(row["until"] for row in spread)
    assert spread[-1]["until"] == 1.0
    assert (spread[0]["low"], spread[0]["high"]) == (0, 0)
    assert spread[5]["low"] == pytest.approx(-0.085, abs=0.03)
    assert spread[5]["high"] == pytest.approx(0.185, abs=0.03)


def test_without_other_seeds_or_of_other_texts_there_is_none(run):
    published = results.read(run)
    assert seed_spread(published, []) is None
    other = run_with(published, np.linspace(0, 1, 7))  # another validation part
    assert seed_spread(published, [other]) is None
