"""`fit`: the one training protocol, for every model of this project."""

import contextlib
import inspect
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import filelock
import keras

from lib import paths
from lib.data import Dataset
from lib.models import TextClassifier
from lib.models.architectures import find
from lib.training.callbacks import Monitor, Progress, peak_memory_mb
from lib.training.gradient_descent import FINISHED, train_network
from lib.training.history import PROTOCOL, History, load_published, recipe_key, retrain


class RunningError(Exception):
    """Another process is already training the same run."""


@contextlib.contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Hold a run's folder, so that it is not trained twice at once.

    Raises:
        RunningError: another process holds it. A process that died holds nothing.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(f"{folder}.lock")
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


def fit(
    model: TextClassifier,
    dataset: Dataset,
    *,
    name: str | None = None,
    reuse: bool = True,
    verbose: bool = True,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    **options,
) -> History:
    """Train a classifier on the train part, choosing the epoch by validation, or reuse its run.

    A run that is published under this name by the same recipe is loaded, and a line says so;
    `RETRAIN=1` in the environment trains it again. An interrupted run goes on from its last
    finished epoch, under the same recipe only; the counters of early stopping and of the learning
    rate's patience start anew then. One that was finished and not yet published isn't trained
    again. At the end the weights are rounded to the precision of the saved file.

    Args:
        model: as `models.build` returns it.
        dataset: its train and validation parts are read; its test part is not.
        name: of the run, `models/<data set>/<name>` once it is published; the architecture's if not
            given.
        reuse: whether a published run is looked for.
        verbose: whether a bar shows progress, gone when done, and warnings are printed.
        callbacks: further ones, for a network; they are no part of the recipe.
        options: of `train_network`; of a linear baseline those of its `fit_...` function in
            `lib.models.linear`.

    Returns:
        The run's history.

    Raises:
        ValueError: an option that isn't there; a teacher's answers for a linear baseline.
        RunningError: another process is training the same run.
        DivergedError: the loss is no number in the first epoch.
    """
    name = name or model.architecture
    solve = find(model.architecture).solve
    options = complete_options(model, options)
    if solve and dataset.train.targets is not None:
        raise ValueError(f"{model.architecture} learns labels, not a teacher's answers.")
    key = recipe_key(model, dataset, options)
    if reuse and (history := load_published(model, dataset, name, key)):
        return history
    keras.utils.set_random_seed(model.seed)
    folder = paths.checkpoint_dir(dataset.name, f"{name}-{key}")
    with only_run(folder):
        if (folder / FINISHED).exists():
            if retrain():
                shutil.rmtree(folder)
                folder.mkdir()
            elif verbose:
                print(f"{dataset.name}/{name}: trained already, not yet published; nothing to do.")
        if solve:
            started = time.perf_counter()
            solve(model, dataset, **options)
            record = {
                "seconds": round(time.perf_counter() - started, 1),
                "peak_memory_mb": peak_memory_mb(),
            }
        else:
            told = [Monitor(len(dataset.label_names)), Progress(name)] if verbose else []
            more = {"logs": (dataset.name, name), "more": [*callbacks, *told]}
            record = train_network(model, dataset, folder, **more, **options)
    model.round_weights()
    head = {"key": key, "protocol": PROTOCOL, "seed": model.seed, "options": options}
    return History(head | record, folder=folder)


def complete_options(model: TextClassifier, options: dict) -> dict:
    """Return the options of a model's training with all defaults filled in.

    Raises:
        ValueError: one that isn't there.
    """
    parameters = inspect.signature(find(model.architecture).solve or train_network).parameters
    defaults = {p.name: p.default for p in parameters.values() if p.default is not p.empty}
    if unknown := options.keys() - defaults:
        raise ValueError(f"fit has no option {sorted(unknown)} here; it has {sorted(defaults)}.")
    return defaults | options
