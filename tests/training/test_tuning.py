import contextlib
import os
import signal
import subprocess
import sys
import time

import optuna
import pytest
import sqlalchemy

from lib import data, paths
from lib.data import DataError
from lib.training import DivergedError, trials, tuning
from lib.training.spaces import SPACES
from lib.training.tuning import best, finished, search, study

SMALL = {"max_features": 300, "units": 4, "bag_dropout": 0.0, "dropout": 0.0}
QUICK = {"epochs": 3, "ema_momentum": 0.0, "batch_size": 32}


def space(trial):
    """A small network, of which one option matters: nothing is learned at the smallest rate."""
    rate = trial.suggest_float("learning_rate", 1e-5, 1e-1, log=True)
    return SMALL, QUICK | {"learning_rate": rate}


@pytest.fixture
def few(dataset):
    return data.subset(dataset, 300)


def run(few, **options):
    options = {"trials": 5, "space": space, "verbose": False} | options
    return search("test", "ffnn", few, **options)


def test_a_search_finds_what_matters_and_reads_no_test_part(workspace, few):
    import dataclasses

    blind = dataclasses.replace(few, test=None)
    found = run(blind, trials=8)
    assert finished(found) == 8
    assert found.best_params["learning_rate"] > 1e-3
    assert best(found) < max(trial.value for trial in found.trials) - 0.001
    assert found.best_trial.user_attrs.keys() == {"seconds", "epoch", "accuracy"}
    assert best(found) == found.best_value
    folder = paths.checkpoint_dir("imdb", "x").parent
    assert not folder.exists() or not list(folder.iterdir())  # no checkpoint is left


def test_a_seeded_search_can_be_repeated(workspace, few):
    values = []
    for name in ("one", "two"):
        found = search("test-" + name, "ffnn", few, trials=3, space=space, verbose=False)
        values.append([(trial.params, trial.value) for trial in found.trials])
    assert values[0] == values[1]


def test_it_goes_on_where_it_stopped(workspace, few):
    first = [trial.value for trial in run(few, trials=2).trials]
    again = run(few, trials=4)
    assert [trial.value for trial in again.trials][:2] == first
    assert len({trial.params["learning_rate"] for trial in again.trials}) == 4  # none comes twice
    assert finished(again) == 4
    assert finished(run(few, trials=4)) == 4  # nothing to do


def test_trials_are_pruned_by_epoch(workspace, few):
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)
    found = run(few, trials=8, pruner=pruner)
    states = [trial.state.name for trial in found.trials]
    assert set(states) == {"COMPLETE", "PRUNED"}
    epochs = [len(t.intermediate_values) for t in found.trials if t.state.name == "PRUNED"]
    assert 0 < min(epochs) < 3


def test_time_is_a_limit_too(workspace, few):
    start = time.perf_counter()
    found = run(few, trials=10_000, seconds=3)
    assert time.perf_counter() - start < 20
    assert 0 < finished(found) < 10_000


@pytest.mark.parametrize("fault", [DivergedError("no number"), MemoryError()])
def test_a_trial_that_fails_is_noted_and_the_search_goes_on(workspace, few, monkeypatch, fault):
    true_fit, calls = trials.fit, []

    def fit(*arguments, **options):
        calls.append(1)
        if len(calls) == 2:
            raise fault
        return true_fit(*arguments, **options)

    monkeypatch.setattr(trials, "fit", fit)
    found = run(few, trials=3)
    assert [trial.state.name for trial in found.trials] == ["COMPLETE", "FAIL", "COMPLETE"]


def test_killed_in_the_middle_no_finished_trial_is_lost(workspace, few):
    code = f"""
import sys, pathlib; sys.path[:0] = {sys.path!r}
from lib import data, paths
paths.BUILD = pathlib.Path({str(workspace / "build")!r})
from lib.training import tuning
few = data.subset(data.load("imdb"), 300)
def space(trial):
    rate = trial.suggest_float("learning_rate", 1e-5, 1e-1, log=True)
    return {SMALL!r}, {QUICK!r} | {{"learning_rate": rate}}
tuning.search("test", "ffnn", few, trials=1000, space=space, verbose=False)
"""
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ)
    while not (paths.tuning_dir() / "test.db").exists() or finished(study("test")) < 2:
        assert process.poll() is None
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = [t.value for t in study("test").trials if t.state.is_finished()]
    after = run(few, trials=len(before) + 2)
    values = [t.value for t in after.trials if t.state.is_finished()]
    assert values[: len(before)] == before
    assert len(values) == len(before) + 2


def test_a_study_of_something_else_is_not_gone_on_with(few, dataset):
    """Losses on other data were mixed with those that were there."""
    run(few, trials=1)
    with pytest.raises(DataError, match=r"holds ffnn on imdb .*, not ffnn on imdb .*; delete it"):
        run(dataset, trials=2)


@pytest.mark.parametrize("content", [b"", b"this is no database, but a text of some length" * 99])
def test_a_file_that_is_no_study_is_one_line(workspace, content):
    file = paths.tuning_dir() / "test.db"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    if not content:
        assert finished(study("test")) == 0  # an empty file is an empty database
        return
    with pytest.raises(DataError, match="delete it to begin anew") as caught:
        study("test")
    assert "\n" not in str(caught.value)


def test_faults_of_the_command_are_one_line(workspace, capsys):
    for wrong in (["none"], ["ffnn", "--data", "none"]):
        assert tuning.main(wrong) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "There is no 'none' to search on; there are" in line
    assert not list(paths.tuning_dir().glob("*.db"))


def test_a_space_without_options_is_an_error(workspace, few):
    with pytest.raises(ValueError, match="'ffnn' suggests no option"):
        run(few, space=lambda trial: (SMALL, QUICK))


def test_a_disk_that_is_full_is_one_line(workspace, few):
    @sqlalchemy.event.listens_for(sqlalchemy.Engine, "connect")
    def limit(connection, _):
        connection.execute("PRAGMA max_page_count = 80")

    try:
        nearly = study("test")
        with contextlib.suppress(optuna.exceptions.StorageInternalError):
            for number in range(1_000):
                nearly.set_user_attr(str(number), "x" * 1_000)
        with pytest.raises(DataError, match="disk is full") as caught:
            run(few)
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "connect", limit)
    assert "\n" not in str(caught.value)


def test_command_searches(workspace, capsys, monkeypatch):
    monkeypatch.setitem(SPACES, "ffnn", space)
    assert tuning.main(["ffnn", "--trials", "2"]) == 0
    out = capsys.readouterr().out
    assert "2 trials; best validation loss" in out
    assert "learning_rate" in out
