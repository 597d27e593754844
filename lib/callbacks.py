"""What happens around each epoch of a training run: timing, checkpoints, warnings, tracking."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import filelock
import keras
import pandas as pd

from lib import paths

OVERFITTING_GAP = 0.10  # train accuracy minus validation accuracy


class RunningError(Exception):
    """Another process is already training the same run."""


@contextlib.contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Hold a run's folder, so that it is not trained twice at once.

    Raises:
        RunningError: another process holds it. A process that died holds nothing.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder.with_suffix(".lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise RunningError(
            f"{folder.parent.name}/{folder.name} is being trained by another process; "
            "wait for it or stop it."
        ) from error
    try:
        folder.mkdir(exist_ok=True)
        yield
    finally:
        lock.release()


class EpochStart(keras.callbacks.Callback):
    """Draws each epoch's batches by its number; logs its wall-clock seconds and the peak memory."""

    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch, logs=None):
        self.batches.start_epoch(epoch)
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        logs["seconds"] = time.perf_counter() - self.started
        logs["memory_mb"] = peak_memory_mb()


class OverfittingMonitor(keras.callbacks.Callback):
    """Says so, once, when train and validation accuracy part by more than 10 points."""

    def __init__(self):
        super().__init__()
        self.warned = False

    def on_epoch_end(self, epoch, logs=None):
        gap = logs["accuracy"] - logs["val_accuracy"]
        if gap > OVERFITTING_GAP and not self.warned:
            self.warned = True
            print(
                f"\nOverfitting: after epoch {epoch + 1} accuracy is {logs['accuracy']:.3f} on "
                f"train, {logs['val_accuracy']:.3f} on validation."
            )


def standard(
    folder: Path, batches, *, patience: int, plateaus: bool, logs: tuple[str, str]
) -> list:
    """Return the callbacks of a run, in an order that matters.

    With `plateaus` the learning rate is halved when validation loss stalls.

    The backup comes before the swap of averaged weights, so that what it saves is the state that
    training goes on from; what chooses the best epoch comes after, so that it sees the average.
    """
    log = folder / "history.csv"
    finished_epochs = log.exists() and log.stat().st_size > 0
    best = pd.read_csv(log)["val_loss"].min() if finished_epochs else None
    chosen = [
        EpochStart(batches),
        keras.callbacks.BackupAndRestore(folder / "backup", delete_checkpoint=False),
        keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.CSVLogger(log, append=True),
        keras.callbacks.ModelCheckpoint(
            folder / "best.weights.h5",
            monitor="val_loss",
            save_best_only=True,
            save_weights_only=True,
            initial_value_threshold=best,
        ),
        keras.callbacks.EarlyStopping(patience=patience),
        OverfittingMonitor(),
        keras.callbacks.TensorBoard(paths.log_dir(*logs), write_graph=False),
    ]
    if plateaus:
        halve = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=1, min_delta=1e-3)
        chosen.append(halve)
    if os.environ.get("WANDB_PROJECT"):
        chosen.append(_wandb_logger(logs))
    return chosen


def _wandb_logger(logs: tuple[str, str]) -> keras.callbacks.Callback:
    """Return a callback that sends each epoch's logs to Weights & Biases."""
    import wandb

    dataset, name = logs
    run = wandb.init(project=os.environ["WANDB_PROJECT"], name=name, group=dataset)
    return keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: run.log(dict(logs), step=epoch),
        on_train_end=lambda logs: run.finish(),
    )


def peak_memory_mb() -> float:
    """Return the most memory this process has held, in MB; NaN where the system can't say."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)
