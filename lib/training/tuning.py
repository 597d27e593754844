"""Search for a recipe: each trial a `models.build` and a `training.fit`, judged on validation.

python -m lib.training.tuning gru --trials 40 --jobs 2

Trials go into an SQLite file under `build/tuning`; a search that is called again goes on, and
several processes share it. The test part is never read.
"""

import argparse
import multiprocessing
import sys
import time
import warnings

import filelock
import optuna
from sqlalchemy.exc import SQLAlchemyError

from lib import data, paths
from lib.data import DataError, Dataset
from lib.progress import progress_bar
from lib.training.gradient_descent import DivergedError
from lib.training.history import PROTOCOL
from lib.training.spaces import SPACES, Space
from lib.training.trials import best, finished, try_recipe

FAILURES = (DivergedError, MemoryError, ArithmeticError)  # a trial's own: the search goes on
HEARTBEAT = 30  # seconds; a trial whose process hasn't been heard of for twice that is tried again


def study(name: str, *, made_of: str = "", sampler=None, pruner=None):
    """Return the study of that name, with what it has already; it is kept in a file of its own.

    Args:
        name: of the file, `build/tuning/<name>.db`.
        made_of: what is searched, on what data; trials of two such things can't be compared.
        sampler, pruner: Optuna's; by default its tree-structured Parzen estimator (Bergstra et al.
            2011), seeded by the number of trials that are there already, and none.

    Raises:
        DataError: the file is damaged, locked or of another search.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    file = paths.tuning_dir() / f"{name}.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(f"{file}.lock"):  # two that make the file at once would clash
            storage = optuna.storages.RDBStorage(
                f"sqlite:///{file}",
                engine_kwargs={"connect_args": {"timeout": 60}},  # for another process's writing
                heartbeat_interval=HEARTBEAT,
                heartbeat_stale_trial_callback=optuna.storages.RetryHeartbeatStaleTrialCallback(),
            )
            made = optuna.create_study(
                study_name=name,
                storage=storage,
                pruner=pruner or optuna.pruners.NopPruner(),
                load_if_exists=True,
            )
            before = made.user_attrs.get("made of") or made_of
            made.set_user_attr("made of", before)
            if made_of and before != made_of:
                raise DataError(f"{file} holds {before}, not {made_of}; delete it to begin anew.")
            # Of a study that goes on another seed, or its first trials would come again.
            seed = len(made.get_trials(deepcopy=False))
            made.sampler = sampler or optuna.samplers.TPESampler(seed=seed)
            return made
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError, RuntimeError) as error:
        raise _unusable(name, error) from error


def search(
    name: str,
    architecture: str,
    dataset: Dataset,
    *,
    trials: int,
    seconds: float | None = None,
    space: Space | None = None,
    sampler=None,
    pruner=None,
    verbose: bool = True,
):
    """Try recipes until the study has so many finished trials, or the time is up.

    A trial that diverges or runs out of memory is noted as failed, and the search goes on.

    Args:
        name: of the study.
        architecture: a name in `SPACES`, or any with a space given.
        dataset: its train and validation parts are read.
        trials: finished ones that the study is to have at the end, pruned ones among them.
        seconds: after which no trial goes on; None is no limit.
        space: instead of the architecture's in `SPACES`.
        sampler, pruner: as for `study`.
        verbose: whether a bar shows progress, with the best loss so far.

    Returns:
        The study.

    Raises:
        DataError: as `study`.
        ValueError: no space is declared for the architecture, or it suggests nothing.
    """
    if not (space := space or SPACES.get(architecture)):
        raise ValueError(f"No space for {architecture!r}; there are {sorted(SPACES)}.")
    made_of = f"{architecture} on {dataset.name} {dataset.fingerprint}, protocol {PROTOCOL}"
    found = study(name, made_of=made_of, sampler=sampler, pruner=pruner)
    until = None if seconds is None else time.perf_counter() + seconds
    with progress_bar(total=trials, unit=" trials", desc=name, disable=not verbose) as bar:

        def shown(found, _) -> None:
            bar.n = finished(found)
            if bar.n >= trials:
                found.stop()
            bar.set_postfix_str(f"best {best(found):.4f}")

        if (already := finished(found)) < trials:
            bar.update(already)
            try:
                found.optimize(
                    lambda trial: try_recipe(trial, architecture, dataset, space, until=until),
                    timeout=seconds,
                    catch=FAILURES,
                    callbacks=[shown],
                )
            except optuna.exceptions.StorageInternalError as error:
                raise _unusable(name, error) from error
    return found


def _unusable(name: str, error: Exception) -> DataError:
    """Say in one line what is wrong with a study's file; Optuna hides it behind an error of its."""
    cause = error.__cause__ or error
    (reason, *_) = str(getattr(cause, "orig", cause)).splitlines()
    file = paths.tuning_dir() / f"{name}.db"
    return DataError(f"{file} can't be used ({reason}); mend that, or delete it to begin anew.")


def _job(name: str, architecture: str, dataset_name: str, trials: int, job: int) -> None:
    """One of several processes that share a study; each draws from a seed of its own."""
    already = len(study(name).get_trials(deepcopy=False))
    sampler = optuna.samplers.TPESampler(seed=1000 * job + already, constant_liar=True)
    dataset = data.load(dataset_name)
    search(name, architecture, dataset, trials=trials, sampler=sampler, verbose=job == 0)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status, 2 after an error said in one line."""
    parser = argparse.ArgumentParser("python -m lib.training.tuning", description="Find a recipe.")
    parser.add_argument("architecture", help=f"one of {', '.join(SPACES)}")
    parser.add_argument("--data", default="imdb", help="a data set that lib.data knows")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=1, help="processes on this machine alone")
    parser.add_argument("--ray", action="store_true", help="on the Ray cluster of RAY_ADDRESS")
    options = parser.parse_args(arguments)
    name = f"{options.data}-{options.architecture}"
    try:
        for asked, there in ((options.architecture, SPACES), (options.data, data.LOADERS)):
            if asked not in there:
                raise ValueError(f"There is no {asked!r} to search on; there are {sorted(there)}.")
        if options.ray:
            from lib.training import cluster

            dataset = data.load(options.data)
            grid = cluster.search(name, options.architecture, dataset, trials=options.trials)
            print(grid.get_best_result("loss", "min").config)
            return 0
        study(name)  # makes the file, before several do
        given = name, options.architecture, options.data, options.trials
        context = multiprocessing.get_context("spawn")
        others = [context.Process(target=_job, args=(*given, n)) for n in range(1, options.jobs)]
        for process in others:
            process.start()
        try:
            _job(*given, 0)
        finally:
            for process in others:
                process.join()
        if failed := sum(process.exitcode != 0 for process in others):
            print(f"Note: {failed} of {len(others)} further processes failed.", file=sys.stderr)
        found = study(name)
        if best(found) == float("inf"):
            raise ValueError(f"none of {finished(found)} trials was trained to its end")
    except (DataError, ValueError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    print(f"{finished(found)} trials; best validation loss {best(found):.4f}: {found.best_params}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
