"""What happens around each epoch of a training run: timing, checkpoints, warnings, tracking."""

import math
import os
import sys
import time
from pathlib import Path

import keras
import pandas as pd

from lib import paths
from lib.progress import progress_bar, say_beside_bars

CHOSEN_BY = "val_cross_entropy"  # what decides which epoch is best; without label smoothing
OVERFITTING_GAP = 0.10  # train accuracy minus validation accuracy
DIVERGED = 10  # times the cross-entropy of guessing


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


class Progress(keras.callbacks.Callback):
    """One bar for a whole run, by batches, with the last validation accuracy; gone when done."""

    def __init__(self, name: str):
        super().__init__()
        self.name = name

    def on_train_begin(self, logs=None):
        total = self.params["epochs"] * self.params["steps"]
        self.bar = progress_bar(total=total, desc=f"Training {self.name}", unit=" batches")

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update()

    def on_epoch_end(self, epoch, logs=None):
        self.bar.n = (epoch + 1) * self.params["steps"]  # a run that is resumed starts later
        self.bar.set_postfix({"validation": f"{logs['val_accuracy']:.4f}"})

    def on_train_end(self, logs=None):
        self.bar.close()


class Monitor(keras.callbacks.Callback):
    """Says, once each, that a run overfits or diverges.

    It overfits when train and validation accuracy part by more than 10 points after the second
    epoch or a later one, and has diverged when its loss is ten times that of guessing, or no
    number.

    Args:
        classes: by which the loss of guessing is known: their number's logarithm.
    """

    def __init__(self, classes: int):
        super().__init__()
        self.limit = DIVERGED * math.log(classes)
        self.warned = set()

    def on_epoch_end(self, epoch, logs=None):
        gap = logs["accuracy"] - logs["val_accuracy"]
        if epoch and gap > OVERFITTING_GAP:  # at first the averaged weights lag behind
            self._warn(
                f"Overfitting: after epoch {epoch + 1} accuracy is {logs['accuracy']:.3f} on "
                f"train, {logs['val_accuracy']:.3f} on validation."
            )
        worst = max(logs["cross_entropy"], logs[CHOSEN_BY])
        if not worst <= self.limit:  # NaN is neither larger nor smaller
            self._warn(
                f"Diverged: after epoch {epoch + 1} the loss is {worst:.3g}; guessing has "
                f"{self.limit / DIVERGED:.2f}. A smaller learning_rate may help."
            )

    def _warn(self, message: str) -> None:
        kind = message.partition(":")[0]
        if kind not in self.warned:
            self.warned.add(kind)
            say_beside_bars(message)


def standard(
    folder: Path,
    batches,
    *,
    patience: int,
    halve_from: float | None,
    logs: tuple[str, str],
) -> list:
    """Return the callbacks of a run, in an order that matters.

    The backup comes before the swap of averaged weights, so that what it saves is the state that
    training goes on from; what chooses the best epoch comes after, so that it sees the average.

    Args:
        folder: where the run keeps what it needs to resume.
        batches: of the train part.
        patience: epochs without a better validation loss before stopping.
        halve_from: the learning rate, which is halved after an epoch that isn't better, by the same
            measure as stopping goes by, down to a hundredth of this; None leaves it to a plan.
        logs: data set and name of the run.
    """
    log = folder / "history.csv"
    finished_epochs = log.exists() and log.stat().st_size > 0
    best = pd.read_csv(log)[CHOSEN_BY].min() if finished_epochs else None
    callbacks = [
        EpochStart(batches),
        keras.callbacks.BackupAndRestore(folder / "backup", delete_checkpoint=False),
        keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.CSVLogger(log, append=True),
        keras.callbacks.ModelCheckpoint(
            folder / "best.weights.h5",
            monitor=CHOSEN_BY,
            mode="min",
            save_best_only=True,
            save_weights_only=True,
            initial_value_threshold=best,
        ),
        keras.callbacks.EarlyStopping(CHOSEN_BY, mode="min", patience=patience),
        keras.callbacks.TensorBoard(paths.log_dir(*logs), write_graph=False),
    ]
    if halve_from:
        callbacks.append(HalveOnPlateau(halve_from))
    if os.environ.get("WANDB_PROJECT"):
        callbacks.append(_wandb_logger(logs))
    return callbacks


class HalveOnPlateau(keras.callbacks.ReduceLROnPlateau):
    """Halves the learning rate after an epoch without a better validation loss.

    Any improvement counts, as for early stopping.

    Args:
        first: the rate at the start, not that of a run that goes on; it never falls below a
            hundredth of this.
    """

    def __init__(self, first: float):
        options = {"factor": 0.5, "patience": 1, "min_delta": 0.0, "min_lr": 0.01 * first}
        super().__init__(CHOSEN_BY, mode="min", **options)


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
