"""Published runs as a line or a row each: what they reach and cost."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from lib import paths
from lib.evaluation.results import Result, read


def cost(dataset: str, name: str) -> str:
    """Say what a published run took, or that there is none yet."""
    try:
        m = read(paths.models_dir(dataset) / f"{name}.json").metrics
    except ValueError as error:
        return f"{name}: {error}."
    memory = m["training"].get("peak_memory_mb")
    with_memory = f" with {memory / 1000:.1f} GB" if memory else ""
    took = f"trained in {m['training']['seconds'] / 60:.1f} minutes{with_memory}"
    return f"{name}{' (synthetic)' * m['synthetic']}: {took} on {m['environment']['cpu']}."


def table(runs: Iterable[Result]) -> pd.DataFrame:
    """Return one row per run with what a reader compares; times in seconds, sizes in MB."""
    rows = []
    for m in (run.metrics for run in runs):
        low, high = m["test"]["accuracy_ci95"]
        epochs = m["training"].get("seconds_per_epoch")
        rows.append(
            {
                "dataset": m["dataset"],
                "model": m["title"],
                "name": m["name"],
                "accuracy": m["test"]["accuracy"],
                "low": low,
                "high": high,
                "precision": m["test"].get("precision"),
                "recall": m["test"].get("recall"),
                "F1": m["test"]["f1"],
                "AUC": m["test"]["auc"],
                "log loss": m["test"]["loss"],
                "ECE": m["test"]["ece"],
                "parameters": m["model"].get("parameters"),
                "file MB": m["model"].get("file_mb"),
                "epoch s": np.mean(epochs) if epochs else None,
                "training s": m["training"]["seconds"],
                "memory MB": m["training"].get("peak_memory_mb"),
                # the majority class needs no model, and answers as fast as one can ask
                "texts/s": m["inference"].get("texts_per_second") if m["model"] else None,
                "seed": m["training"]["seed"],
                "synthetic": m["synthetic"],
            }
        )
    return pd.DataFrame(rows)
