"""The same recipe from other random seeds: how much of an accuracy is luck?"""

import pandas as pd

from lib import evaluation, features, paths, recipes, results, training
from lib.splits import Dataset

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
        ValueError: there is no such run, or its data were others.
    """
    metrics = results.read(paths.models_dir(dataset.name) / f"{name}.json").metrics
    if metrics["data"]["fingerprint"] != dataset.fingerprint:
        raise ValueError(f"{name} was trained on another split of {dataset.name}")
    options = dict(metrics["training"]["options"])
    options["epochs"] = options.pop("max_epochs")
    for seed in seeds:
        log = _current(dataset.name, metrics)
        if ((log["name"] == name) & (log["seed"] == seed)).any():
            continue
        classifier = recipes.rebuild(metrics, dataset, seed=seed)
        training.train(
            features.for_training(classifier),
            dataset,
            name=f"{name}-seed{seed}",
            batch_size=metrics["training"]["batch_size"],
            seed=seed,
            verbose=verbose,
            **options,
        )
        found = [
            evaluation.evaluate(part.labels, classifier.predict_proba(part.texts))
            for part in (dataset.validation, dataset.test)
        ]
        row = {
            "name": name,
            "created": metrics["created"],
            "seed": seed,
            "validation_loss": found[0]["loss"],
            "validation_accuracy": found[0]["accuracy"],
            "test_accuracy": found[1]["accuracy"],
        }
        # Read again: another process may have added the repeats of another run meanwhile.
        log = _current(dataset.name, metrics)
        log = pd.DataFrame([*log.to_dict("records"), row]).sort_values(["name", "seed"])
        log.round(6).to_csv(paths.models_dir(dataset.name) / "seeds.csv", index=False)
    return _current(dataset.name, metrics)


def _current(dataset: str, metrics: dict) -> pd.DataFrame:
    """Return the log without the repeats of an earlier publication of this run."""
    log = load(dataset)
    return log[(log["name"] != metrics["name"]) | (log["created"] == metrics["created"])]


def load(dataset: str) -> pd.DataFrame:
    """Return a data set's log of repeats; empty if there is none."""
    path = paths.models_dir(dataset) / "seeds.csv"
    return pd.read_csv(path) if path.exists() else pd.DataFrame(columns=COLUMNS)


def spread(found: list[results.Result]) -> pd.DataFrame:
    """Return test accuracy over seeds, published one included, for each run that was repeated.

    Columns: model, seeds, mean, lowest, highest, published; sorted by the mean.
    """
    rows = []
    for metrics in (result.metrics for result in found):
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
