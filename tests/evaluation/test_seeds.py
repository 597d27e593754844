import json
from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.weightstats import DescrStatsW

from lib import evaluation, paths
from lib.evaluation.results import Result


def test_the_spread_is_over_repeats_of_the_same_recipe(make_run):
    own = make_run("lstm", 0.8)
    make_run("steps/lstm-seed1", 0.7, seed=1)
    make_run("steps/lstm-seed2", 0.75, seed=2)
    make_run("steps/lstm-last", 0.1)
    row = evaluation.spread([own]).iloc[0]
    assert row["model"] == "LSTM"
    assert row["seeds"] == 3
    assert [row["lowest"], row["highest"], row["published"]] == [0.7, 0.8, 0.8]
    assert abs(row["mean"] - 0.75) < 1e-9


def test_repeats_of_an_earlier_recipe_do_not_count(make_run):
    own = make_run("lstm", 0.8)
    make_run("steps/lstm-seed1", 0.7)
    for change in ({"training": {"options": {"epochs": 9}}}, {"text": {"max_length": 9}}):
        other = json.loads(json.dumps(own.metrics))
        other[next(iter(change))] |= next(iter(change.values()))
        changed = Result(other, own.labels, own.probabilities, None)
        assert evaluation.spread([changed]).empty
    assert evaluation.spread([]).columns.tolist() == [
        "model",
        "seeds",
        "mean",
        "lowest",
        "highest",
        "published",
    ]


def answering(run, right):
    """The run, with these test texts right."""
    labels = run.labels["test"]
    p = np.where(np.asarray(right), labels, 1 - labels)
    return replace(run, probabilities=run.probabilities | {"test": np.stack([1 - p, p], axis=1)})


def test_contrast_is_paired_by_text_and_by_seed(make_run):
    run = make_run("lstm", 0.8)
    n, draw = len(run.labels["test"]), np.random.default_rng(0)
    ours = [answering(run, draw.random(n) < 0.9) for _ in range(3)]
    theirs = [answering(run, draw.random(n) < 0.2) for _ in range(3)]
    found = evaluation.contrast(ours, theirs)
    gaps = np.mean(
        [100.0 * a.right - 100.0 * b.right for a, b in zip(ours, theirs, strict=True)], 0
    )
    low, high = DescrStatsW(gaps).zconfint_mean()
    assert [found["low"], found["high"]] == pytest.approx([low, high], abs=0.01)
    assert found["points"] == pytest.approx(np.mean(found["by_seed"]))
    assert (found["ahead"], found["pairs"]) == (3, 3)
    assert found["verdict"] == "more than chance"
    mixed = evaluation.contrast([*ours[:2], theirs[2]], [*theirs[:2], ours[2]])
    assert mixed["verdict"] == "no more than chance"  # the pairs don't agree
    same = evaluation.contrast(ours, ours)
    assert same["points"] == 0
    assert same["verdict"] == "no more than chance"
    with pytest.raises(ValueError, match="shorter"):
        evaluation.contrast(ours, theirs[:2])


def test_repeats_are_found(make_run):
    own = make_run("lstm", 0.8)
    make_run("steps/lstm-seed1", 0.7, seed=1)
    assert [run.right.mean() for run in evaluation.repeats(own)] == [0.7]


def test_repeats_are_known_by_their_recipe_whatever_their_name(make_run):
    own = make_run("lstm", 0.8)
    make_run("steps/lstm-b", 0.7, seed=2)
    damaged = make_run("steps/lstm-a", 0.6, seed=1)
    make_run("steps/lstm-7", 0.5)  # the seed that is published
    found = evaluation.repeats(own)
    assert [run.metrics["training"]["seed"] for run in found] == [1, 2]
    assert [run.right.mean() for run in found] == [0.6, 0.7]
    folder = paths.models_dir(damaged.metrics["dataset"]) / "steps"
    (folder / "lstm-a.json").write_text("{")
    assert [run.right.mean() for run in evaluation.repeats(own)] == [0.7]


def test_two_recipes_are_compared_over_the_seeds_that_both_have(make_run):
    ours, linear = make_run("lstm", 0.8), make_run("tfidf_lr", 0.6)
    other = make_run("gru", 0.5)
    for seed, right in ((1, 0.7), (2, 0.75)):
        make_run(f"steps/lstm-seed{seed}", right, seed=seed)
    make_run("steps/gru-seed1", 0.6, seed=1)
    assert evaluation.mean_accuracy(ours) == pytest.approx(0.75)
    assert evaluation.versus(ours, linear)["pairs"] == 3  # it has no seeds
    assert evaluation.versus(linear, ours)["points"] == pytest.approx(-15)
    found = evaluation.versus(ours, other)
    assert found["by_seed"] == pytest.approx([30, 10])
    alone = make_run("cnn", 0.5)  # a network with one seed is not taken for several
    assert evaluation.versus(ours, alone)["by_seed"] == pytest.approx([30])
