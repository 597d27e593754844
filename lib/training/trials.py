"""One trial of a search: a recipe is built, trained, and judged by its validation loss."""

import shutil
import time

import keras
import optuna

from lib import models, paths
from lib.data import Dataset
from lib.training.callbacks import CHOSEN_BY
from lib.training.fit import fit
from lib.training.spaces import Space


class Report(keras.callbacks.Callback):
    """Tells a trial its smallest validation loss after each epoch; stops it if it isn't worth it.

    Args:
        trial: of Optuna.
        until: a moment of `time.perf_counter` after which it stops as well; None is never.
    """

    def __init__(self, trial, until: float | None = None):
        super().__init__()
        self.trial, self.until, self.best = trial, until, float("inf")

    def on_epoch_end(self, epoch, logs=None):  # noqa: D102, documented by Keras
        self.best = min(self.best, logs[CHOSEN_BY])
        self.trial.report(self.best, epoch + 1)
        late = self.until is not None and time.perf_counter() > self.until
        if late or self.trial.should_prune():
            raise optuna.TrialPruned()


def suggested(trial, architecture: str, space: Space) -> tuple[dict, dict]:
    """Return options of `build` and `fit`; a ValueError if the space leaves nothing to try."""
    options = space(trial)
    if not trial.params:
        raise ValueError(f"The space of {architecture!r} suggests no option to search for.")
    return options


def try_recipe(trial, architecture: str, dataset: Dataset, space: Space, **report) -> float:
    """Train what a trial suggests; return its smallest validation loss, without smoothing.

    Args:
        trial: of Optuna.
        architecture: a name in `models.ARCHITECTURES`.
        dataset: its train and validation parts are read.
        space: from the trial to options of `build` and `fit`.
        report: of `Report`.

    Raises:
        ValueError: the space suggests nothing.
    """
    build, training = suggested(trial, architecture, space)
    name = f"tuning-{trial.study.study_name}-{trial.number}"
    started = time.perf_counter()
    try:
        model = models.build(architecture, dataset, **build)
        callbacks = [Report(trial, **report)]
        options = {"reuse": False, "verbose": False, "callbacks": callbacks}
        history = fit(model, dataset, name=name, **options, **training).record
    except Exception as error:
        if type(error).__name__ == "ResourceExhaustedError":  # TensorFlow's
            raise MemoryError(str(error)[:200]) from error
        raise
    finally:  # what was pruned would leave its checkpoint
        trial.set_user_attr("seconds", round(time.perf_counter() - started, 1))
        keras.backend.clear_session()
        for folder in paths.checkpoint_dir(dataset.name, name).parent.glob(f"{name}-*"):
            shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
    best = history["best_epoch"]
    trial.set_user_attr("epoch", best)
    trial.set_user_attr("accuracy", history["history"]["val_accuracy"][best - 1])
    return history["history"][CHOSEN_BY][best - 1]


def finished(found) -> int:
    """Return how many trials of a study have ended, well or not."""
    return sum(trial.state.is_finished() for trial in found.get_trials(deepcopy=False))


def best(found) -> float:
    """Return the smallest loss of a study's complete trials; infinite if there is none."""
    return min((t.value for t in found.trials if t.state.name == "COMPLETE"), default=float("inf"))
