"""The same recipe from other random seeds: how much of an accuracy is luck?"""

import filelock
import pandas as pd

from lib import paths
from lib.data import Dataset
from lib.evaluation import metrics as measures
from lib.evaluation import results
from lib.models import build
from lib.training.fit import fit

COLUMNS = ["name", "created", "seed", "validation_loss", "validation_accuracy", "test_accuracy"]


def repeat(dataset: Dataset, name: str, *, seeds: tuple[int, ...], verbose=2) -> pd.DataFrame:
    """Train a published run's recipe once from each seed; what the log has is not repeated.

    Nothing is chosen by what comes out: published is the seed that was fixed before, whatever its
    rank. The log, `models/<dataset>/seeds.csv`, forgets the repeats of a run that was published
    anew.

    Args:
        dataset: trained on and tested as for the published run.
        name: stem of that run.
        seeds: those besides the published one.
        verbose: as in `fit`.

    Returns:
        The log, one row per run and seed: `COLUMNS`.

    Raises:
        ValueError: there is no such run, its data were others, or it was trained by an earlier
            protocol.
    """
    metrics = results.read(paths.models_dir(dataset.name) / f"{name}.json").metrics
    if metrics["data"]["fingerprint"] != dataset.fingerprint:
        raise ValueError(f"{name} was trained on another split of {dataset.name}")
    if "key" not in metrics["training"]:
        raise ValueError(f"{name} was trained by an earlier protocol; its notebook trains it anew")
    for seed in seeds:
        log = _current(load(dataset.name), metrics)
        if ((log["name"] == name) & (log["seed"] == seed)).any():
            continue
        model = build(metrics["model"]["architecture"], dataset, seed=seed, **_options(metrics))
        options = metrics["training"]["options"]
        fit(model, dataset, name=f"{name}-seed{seed}", verbose=verbose, **options)
        figures = [
            measures.evaluate(part.labels, model.predict_proba(part.texts))
            for part in (dataset.validation, dataset.test)
        ]
        row = {
            "name": name,
            "created": metrics["created"],
            "seed": seed,
            "validation_loss": figures[0]["loss"],
            "validation_accuracy": figures[0]["accuracy"],
            "test_accuracy": figures[1]["accuracy"],
        }
        _append(dataset.name, metrics, row)
    return _current(load(dataset.name), metrics)


def _options(metrics: dict) -> dict:
    """Return what `models.build` was given: options but those that follow from the data."""
    sizes = ("features", "vocabulary_size", "backbone", "sha256", "classes", "means", "variances")
    options = {k: v for k, v in metrics["model"]["options"].items() if k not in sizes}
    text = {k: v for k, v in metrics["text"].items() if k not in ("vocabulary", "values")}
    return options | text


def _append(dataset: str, metrics: dict, row: dict) -> None:
    """Add a row to the log; another process may be adding one at the same time."""
    path = paths.models_dir(dataset) / "seeds.csv"
    lock = paths.checkpoint_dir(dataset, "seeds.lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(lock):
        log = _current(load(dataset), metrics)
        log = pd.DataFrame([*log.to_dict("records"), row]).sort_values(["name", "seed"])
        with paths.written_whole(path) as partial:
            log.round(6).to_csv(partial, index=False)


def _current(log: pd.DataFrame, metrics: dict) -> pd.DataFrame:
    """Return the log without the repeats of an earlier publication of this run."""
    return log[(log["name"] != metrics["name"]) | (log["created"] == metrics["created"])]


def load(dataset: str) -> pd.DataFrame:
    """Return a data set's log of repeats; empty if there is none."""
    path = paths.models_dir(dataset) / "seeds.csv"
    paths.record_use(path)
    return pd.read_csv(path) if path.exists() else pd.DataFrame(columns=COLUMNS)


def spread(runs: list[results.Result]) -> pd.DataFrame:
    """Return test accuracy over seeds, published one included, for each run that was repeated.

    Columns: model, seeds, mean, lowest, highest, published; sorted by the mean.
    """
    rows = []
    for metrics in (result.metrics for result in runs):
        log = load(metrics["dataset"])
        same = (log["name"] == metrics["name"]) & (log["created"] == metrics["created"])
        if not same.any():
            continue
        own = metrics["test"]["accuracy"]
        accuracies = pd.Series([own, *log[same]["test_accuracy"]])
        rows.append(
            {
                "model": metrics["title"],
                "seeds": len(accuracies),
                "mean": accuracies.mean(),
                "lowest": accuracies.min(),
                "highest": accuracies.max(),
                "published": own,
            }
        )
    columns = ["model", "seeds", "mean", "lowest", "highest", "published"]
    return pd.DataFrame(rows, columns=columns).sort_values("mean", ascending=False)
