"""How much of an accuracy is luck: the same recipe from several random seeds."""

from collections.abc import Iterable

import pandas as pd

from lib import paths
from lib.evaluation.results import Result, read


def spread(runs: Iterable[Result]) -> pd.DataFrame:
    """Return test accuracy over seeds, published one included, for each run that was repeated.

    A repeat counts if it was trained on the same data by the same recipe but for the seed. Columns:
    model, seeds, mean, lowest, highest, published; sorted by the mean.
    """
    rows = []
    for m in (run.metrics for run in runs):
        files = (paths.models_dir(m["dataset"]) / "steps").glob(f"{m['name']}-seed*.json")
        repeats = [read(file).metrics for file in sorted(files)]
        same = [r["test"]["accuracy"] for r in repeats if _recipe(r) == _recipe(m)]
        if not same:
            continue
        own = m["test"]["accuracy"]
        accuracies = pd.Series([own, *same])
        row = {"model": m["title"], "seeds": len(accuracies), "mean": accuracies.mean()}
        row |= {"lowest": accuracies.min(), "highest": accuracies.max(), "published": own}
        rows.append(row)
    columns = ["model", "seeds", "mean", "lowest", "highest", "published"]
    return pd.DataFrame(rows, columns=columns).sort_values("mean", ascending=False)


def _recipe(metrics: dict) -> tuple:
    model, training = metrics["model"], metrics["training"]
    options = model.get("options"), training.get("options"), training.get("protocol")
    return metrics["data"]["fingerprint"], model.get("architecture"), metrics["text"], *options
