import time

import optuna
import pytest

from lib import data, paths
from lib.training.trials import try_recipe

SMALL = {"max_features": 300, "units": 4, "bag_dropout": 0.0, "dropout": 0.0}


def space(trial):
    rate = trial.suggest_float("learning_rate", 1e-3, 1e-1)
    return SMALL, {"epochs": 3, "learning_rate": rate}


@pytest.fixture
def asked(dataset):
    """A trial, and fewer texts."""
    return optuna.create_study().ask(), data.subset(dataset, 200)


def test_a_trial_returns_its_best_loss_and_tells_of_each_epoch(workspace, asked):
    trial, few = asked
    loss = try_recipe(trial, "ffnn", few, space)
    told = trial.study.trials[0].intermediate_values
    assert list(told) == [1, 2, 3]
    losses = list(told.values())
    assert losses == sorted(losses, reverse=True)  # the smallest so far
    assert loss == pytest.approx(losses[-1], abs=1e-5)
    assert trial.user_attrs["epoch"] in (1, 2, 3)
    assert 0 < trial.user_attrs["accuracy"] <= 1


def test_out_of_time_it_stops_after_an_epoch_and_leaves_nothing(workspace, asked):
    trial, few = asked
    with pytest.raises(optuna.TrialPruned):
        try_recipe(trial, "ffnn", few, space, until=time.perf_counter())
    assert len(trial.study.trials[0].intermediate_values) == 1
    folder = paths.checkpoint_dir("imdb", "x").parent
    assert list(folder.iterdir()) == []
