import os
import subprocess
import sys

import pytest

from lib import callbacks, paths, training


@pytest.fixture
def once(tiny, dataset, workspace):
    """Trains the small classifier for one epoch under a name."""
    return lambda name: training.train(tiny, dataset, name=name, epochs=1, verbose=0)


def test_run_that_is_already_running_is_refused(once):
    folder = paths.checkpoint_dir("imdb", "busy")
    folder.parent.mkdir(parents=True)
    code = (
        "import filelock, sys; lock = filelock.FileLock(sys.argv[1]); lock.acquire();"
        "print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(folder.with_suffix(".lock"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(callbacks.RunningError, match="imdb/busy is being trained"):
            once("busy")
    finally:
        holder.communicate("")
    once("busy")


def test_overfitting_is_said_once(capsys):
    monitor = callbacks.OverfittingMonitor()
    monitor.on_epoch_end(0, {"accuracy": 0.85, "val_accuracy": 0.80})
    assert capsys.readouterr().out == ""
    for epoch in (1, 2):
        monitor.on_epoch_end(epoch, {"accuracy": 0.95, "val_accuracy": 0.80})
    said = capsys.readouterr().out
    assert said.count("Overfitting: after epoch 2") == 1


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
