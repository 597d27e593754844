"""The same search on a Ray cluster: Ray Tune, with Optuna's suggestions and successive halving.

Trials run wherever there is a free core. Those of a node that dies are tried again elsewhere; where
this process dies, the search goes on from what it has written. Which trials are stopped early
depends on who was faster, so two equal searches are not the same search: recipes are published
from `lib.training.tuning`, one trial after the other from a seed.
"""

import os
import tempfile
from pathlib import Path

import keras
import optuna

from lib import models, paths
from lib.data import DataError, Dataset
from lib.training.callbacks import CHOSEN_BY
from lib.training.fit import fit
from lib.training.spaces import SPACES, Space
from lib.training.trials import suggested

RETRIES = 3  # of a trial whose node has died


class Tell(keras.callbacks.Callback):
    """Reports to Ray Tune the smallest validation loss so far; it may stop the trial."""

    def __init__(self):
        super().__init__()
        self.best = float("inf")

    def on_epoch_end(self, epoch, logs=None):  # noqa: D102, documented by Keras
        from ray import tune

        self.best = min(self.best, logs[CHOSEN_BY])
        tune.report({"loss": self.best, "accuracy": logs["val_accuracy"]})


def _trial(config: dict, *, dataset: Dataset, architecture: str, space: Space) -> None:
    """Train what Ray Tune suggests, in a process of a worker's."""
    build, training = space(optuna.trial.FixedTrial(config))
    model = models.build(architecture, dataset, **build)
    options = {"reuse": False, "verbose": False, "callbacks": [Tell()]}
    with tempfile.TemporaryDirectory() as folder:  # of a worker's machine
        paths.BUILD = Path(folder)
        fit(model, dataset, **options, **training)


def search(
    name: str,
    architecture: str,
    dataset: Dataset,
    *,
    trials: int,
    space: Space | None = None,
    address: str | None = None,
    seed: int = 0,
):
    """Try so many recipes on a cluster; a search of this name that was interrupted goes on.

    Args:
        name: of the folder under `build/tuning` that keeps what is found.
        architecture: a name in `SPACES`, or any with a space given.
        dataset: put into the cluster's memory once; its test part is not read.
        trials: their number.
        space: instead of the architecture's in `SPACES`; a function of a module, or an interrupted
            search can't be gone on with.
        address: of the cluster; None is that of the variable `RAY_ADDRESS`, or one on this machine.
        seed: of the suggestions.

    Returns:
        Ray Tune's `ResultGrid`; its `get_dataframe()` has a row a trial.

    Raises:
        DataError: Ray isn't installed.
        ValueError: no space is declared for the architecture, or it suggests nothing.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        from ray import tune
        from ray.tune.schedulers import ASHAScheduler
        from ray.tune.search.optuna import OptunaSearch
    except ImportError as error:
        message = "A cluster needs Ray: pip install -r requirements-scale.txt"
        raise DataError(message) from error
    if not (space := space or SPACES.get(architecture)):
        raise ValueError(f"No space for {architecture!r}; there are {sorted(SPACES)}.")
    suggested(optuna.create_study().ask(), architecture, space)
    environment = {"PROFILE": paths.profile(), "TF_CPP_MIN_LOG_LEVEL": "3"}
    options = {"ignore_reinit_error": True, "logging_level": "warning", "log_to_driver": False}
    ray.init(address=address, runtime_env={"env_vars": environment}, **options)
    known = {"dataset": dataset, "architecture": architecture, "space": space}
    trainable = tune.with_parameters(_trial, **known)
    folder = paths.tuning_dir() / "ray"
    if tune.Tuner.can_restore(folder / name):
        again = {"resume_unfinished": True, "restart_errored": True}
        tuner = tune.Tuner.restore(str(folder / name), trainable, **again)
    else:
        tuner = tune.Tuner(
            trainable,
            tune_config=tune.TuneConfig(
                metric="loss",
                mode="min",
                num_samples=trials,
                search_alg=OptunaSearch(space=_Ask(space), metric="loss", mode="min", seed=seed),
                scheduler=ASHAScheduler(grace_period=2, reduction_factor=3),
                reuse_actors=True,  # TensorFlow takes longer to start than a small trial lasts
            ),
            run_config=tune.RunConfig(
                name=name,
                storage_path=str(folder),
                verbose=0,
                failure_config=tune.FailureConfig(max_failures=RETRIES),
            ),
        )
    return tuner.fit()


class _Ask:
    """What `OptunaSearch` wants of a space: it is to suggest, and to return nothing."""

    def __init__(self, space: Space):
        self.space = space

    def __call__(self, trial) -> None:
        self.space(trial)
