"""The same recipe from other random seeds: how much of an accuracy is luck?"""

import hashlib
import json
from collections.abc import Callable

import pandas as pd

from lib import evaluation, paths, training
from lib.classifier import TextClassifier
from lib.results import Result
from lib.splits import Dataset

COLUMNS = ["name", "recipe", "seed", "validation_loss", "validation_accuracy", "test_accuracy"]


def repeat(
    build: Callable[[int], TextClassifier],
    dataset: Dataset,
    *,
    name: str,
    seeds: tuple[int, ...] = (1, 2),
    **options,
) -> pd.DataFrame:
    """Train a recipe once for each seed; runs that are in the data set's log are not repeated.

    Nothing is chosen by what comes out: the published model is that of seed 0, whatever its rank.

    Args:
        build: from a seed to an untrained classifier.
        dataset: trained on and tested as for a published model.
        name: stem of the published model.
        seeds: those besides the published one.
        options: of `training.train`.

    Returns:
        One row per seed: `COLUMNS`.
    """
    path = paths.models_dir(dataset.name) / "seeds.csv"
    log = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=COLUMNS)
    for seed in seeds:
        classifier = build(seed)
        recipe = fingerprint(classifier, dataset, options)
        if ((log["name"] == name) & (log["recipe"] == recipe) & (log["seed"] == seed)).any():
            continue
        training.train(classifier, dataset, name=f"{name}-seed{seed}", seed=seed, **options)
        found = [
            evaluation.evaluate(part.labels, classifier.predict_proba(part.texts))
            for part in (dataset.validation, dataset.test)
        ]
        row = [name, recipe, seed, found[0]["loss"], found[0]["accuracy"], found[1]["accuracy"]]
        log = log[(log["name"] != name) | (log["recipe"] == recipe)]  # older recipes go
        log = pd.DataFrame([*log.to_numpy().tolist(), row], columns=COLUMNS)
        path.parent.mkdir(parents=True, exist_ok=True)
        log.sort_values(["name", "seed"]).round(6).to_csv(path, index=False)
    return log[(log["name"] == name) & log["seed"].isin(seeds)].sort_values("seed")


def fingerprint(classifier: TextClassifier, dataset: Dataset, options: dict) -> str:
    """Return a hash of everything that a run depends on, its seed left out."""
    model = {k: v for k, v in classifier.options.items() if k != "seed"}
    text = classifier.vectorizer.get_config()
    parts = [classifier.architecture, model, text, options, dataset.fingerprint]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def summary(published: Result, others: pd.DataFrame) -> str:
    """Say the mean and spread of test accuracy over the published seed and the others."""
    accuracies = [published.metrics["test"]["accuracy"], *others["test_accuracy"]]
    mean = sum(accuracies) / len(accuracies)
    if len(accuracies) == 1:
        return f"{published.metrics['title']}: {mean:.4f}, one seed"
    return (
        f"{published.metrics['title']}: mean {mean:.4f} over {len(accuracies)} seeds, "
        f"from {min(accuracies):.4f} to {max(accuracies):.4f}"
    )
