import importlib
import os
import subprocess
import sys

import pytest

from lib import models, paths, training
from lib.training import callbacks


@pytest.fixture
def once(tiny, dataset, workspace):
    """Trains the small classifier for one epoch under a name."""
    return lambda name: training.fit(tiny, dataset, name=name, epochs=1, verbose=0)


def test_run_that_is_already_running_is_refused(once, monkeypatch):
    module = importlib.import_module("lib.training.fit")  # the package's `fit` is the function
    monkeypatch.setattr(module, "recipe_key", lambda *_: "key")
    folder = paths.checkpoint_dir("imdb", "busy-key")
    folder.parent.mkdir(parents=True)
    code = (
        "import filelock, sys; lock = filelock.FileLock(sys.argv[1]); lock.acquire();"
        "print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, f"{folder}.lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(training.RunningError, match="imdb/busy-key is being trained"):
            once("busy")
    finally:
        holder.communicate("")
    once("busy")


def logs(loss=0.5, train=0.85, validation=0.80):
    named = {"cross_entropy": loss, "val_cross_entropy": loss}
    return named | {"accuracy": train, "val_accuracy": validation}


def test_overfitting_is_said_once(capsys):
    monitor = callbacks.Monitor(classes=2)
    monitor.on_epoch_end(0, logs())
    monitor.on_epoch_end(0, logs(train=0.95))  # the average that is validated lags behind
    assert capsys.readouterr().err == ""
    for epoch in (1, 2):
        monitor.on_epoch_end(epoch, logs(train=0.95))
    assert capsys.readouterr().err.count("Overfitting: after epoch 2") == 1


@pytest.mark.parametrize("loss", [1e8, 7.0, float("nan"), float("inf")])
def test_a_loss_beyond_guessing_is_said_to_diverge(capsys, loss):
    """A loss of 10^8 used to pass without a word."""
    monitor = callbacks.Monitor(classes=2)
    for epoch in range(2):
        monitor.on_epoch_end(epoch, logs(loss))
    out = capsys.readouterr().err
    assert out.count("Diverged: after epoch 1") == 1
    assert "guessing has 0.69" in out


def test_the_rate_is_halved_by_the_measure_that_stopping_goes_by(dataset, workspace):
    """It was halved after every epoch that was better by less than a thousandth."""
    halve = callbacks.HalveOnPlateau(1e-3)
    network = models.build("dan", dataset, embedding_dim=8).network
    network.compile("adam", "mse")
    network.optimizer.learning_rate = 1e-3
    halve.set_model(network)
    halve.on_train_begin()
    for epoch in range(40):
        halve.on_epoch_end(epoch, {"val_cross_entropy": 0.5 - 1e-4 * epoch})
    assert float(network.optimizer.learning_rate) == pytest.approx(1e-3)
    for epoch in range(40):
        halve.on_epoch_end(epoch, {"val_cross_entropy": 0.6})
    assert float(network.optimizer.learning_rate) == pytest.approx(1e-5)


def test_tensorboard_logs_are_written(once):
    once("logged")
    assert list(paths.log_dir("imdb", "logged").rglob("events.*"))


def test_weights_and_biases_offline(once, workspace, monkeypatch):
    monkeypatch.setenv("WANDB_PROJECT", "tests")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_DIR", str(workspace))
    once("tracked")
    assert list(workspace.glob("wandb/offline-run-*/*.wandb"))
    assert "WANDB_PROJECT" in os.environ


def test_one_bar_stands_for_the_whole_run_and_goes(tiny, dataset, workspace, capsys):
    training.fit(tiny, dataset, name="shown", epochs=2, batch_size=256)
    out = capsys.readouterr().err
    steps = -(-len(dataset.train) // 256)
    assert "Training shown" in out
    assert f"/{2 * steps}" in out
    assert "validation=0." in out
    assert out.rpartition("\r")[0].rstrip("\r").endswith(" ")  # wiped at the end
    training.fit(tiny, dataset, name="quiet", epochs=1, batch_size=256, verbose=False)
    assert "Training quiet" not in capsys.readouterr().err
