"""The metrics JSON of each run: written atomically, checked when read, turned into tables."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from lib import paths, provenance

SCHEMA = 1
REQUIRED = {
    "schema": int,
    "name": str,
    "title": str,
    "dataset": str,
    "notebook": str,
    "synthetic": bool,
    "created": str,
    "data": dict,
    "text": dict,
    "model": dict,
    "training": dict,
    "test": dict,
    "probes": list,
    "inference": dict,
    "environment": dict,
}


@dataclass(frozen=True)
class Result:
    """One published run: its metrics JSON as `metrics`, its predictions by part.

    `labels[part]` is int `(n,)`, `probabilities[part]` float32 `(n, classes)`, for the parts
    `validation` and `test`.
    """

    metrics: dict
    labels: dict[str, np.ndarray]
    probabilities: dict[str, np.ndarray]
    model_file: Path | None


def write(metrics: dict, predictions: dict[str, np.ndarray]) -> Path:
    """Write `<name>.json` and `<name>.npz` under `models/<dataset>/`, each whole or not at all.

    Args:
        metrics: everything but `schema`, `created`, `commit` and `environment`, which are added.
        predictions: arrays `<part>_labels` and `<part>_probabilities`.

    Returns:
        The path of the JSON file.
    """
    metrics = {
        "schema": SCHEMA,
        **metrics,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": provenance.commit(),
        "environment": provenance.environment(),
    }
    if problem := _problem(metrics):
        raise ValueError(f"These metrics are incomplete: {problem}.")
    path = paths.models_dir(metrics["dataset"]) / f"{metrics['name']}.json"
    with paths.written_whole(path.with_suffix(".npz")) as partial:
        np.savez_compressed(partial, **predictions)
    with paths.written_whole(path) as partial:
        content = json.dumps(metrics, indent=1, ensure_ascii=False, allow_nan=False)
        partial.write_text(content + "\n", encoding="utf-8")
    return path


def load_all() -> tuple[list[Result], list[str]]:
    """Read every run of the profile, best accuracy first within each data set.

    Returns:
        The results, and one line for each file that was left out, saying why.
    """
    found, problems = [], []
    for path in sorted(paths.models_root().glob("*/[!.]*.json")):
        try:
            found.append(read(path))
        except ValueError as error:
            problems.append(f"{path.parent.name}/{path.name} left out: {error}.")
    found.sort(key=lambda r: (r.metrics["dataset"], -r.metrics["test"]["accuracy"]))
    return found, problems


def read(path: Path) -> Result:
    """Read one run.

    Raises:
        ValueError: the JSON is malformed, of another schema or incomplete, or the predictions are
            missing or don't belong to it.
    """
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"malformed JSON ({error})") from error
    if problem := _problem(metrics):
        raise ValueError(problem)
    try:
        with np.load(path.with_suffix(".npz"), allow_pickle=False) as stored:
            parts = ("validation", "test")
            labels = {part: stored[f"{part}_labels"] for part in parts}
            probabilities = {part: stored[f"{part}_probabilities"] for part in parts}
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(f"its predictions can't be read ({type(error).__name__})") from error
    accuracy = (probabilities["test"].argmax(axis=1) == labels["test"]).mean()
    if len(labels["test"]) != metrics["data"]["n_test"] or not np.isclose(
        accuracy, metrics["test"]["accuracy"], atol=1e-6
    ):
        raise ValueError("its predictions are of another run or test part")
    model_file = path.with_suffix(".keras")
    return Result(metrics, labels, probabilities, model_file if model_file.exists() else None)


def _problem(metrics: object) -> str:
    """Say what is wrong with a metrics JSON, or nothing."""
    if not isinstance(metrics, dict):
        return "not a JSON object"
    if metrics.get("schema") != SCHEMA:
        return f"schema {metrics.get('schema')}, expected {SCHEMA}"
    wrong = [key for key, kind in REQUIRED.items() if not isinstance(metrics.get(key), kind)]
    if wrong:
        return f"missing or of the wrong type: {', '.join(wrong)}"
    if "accuracy" not in metrics["test"] or "n_test" not in metrics["data"]:
        return "without test accuracy or test size"
    if not {"seconds", "seed"} <= metrics["training"].keys():
        return "without training seconds or seed"
    return ""


def table(results: list[Result]) -> pd.DataFrame:
    """Return one row per run with what a reader compares; times in seconds, sizes in MB."""
    rows = []
    for result in results:
        m = result.metrics
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
                "F1": m["test"]["f1"],
                "AUC": m["test"]["auc"],
                "log loss": m["test"]["loss"],
                "ECE": m["test"]["ece"],
                "parameters": m["model"].get("parameters"),
                "file MB": m["model"].get("file_mb"),
                "epoch s": np.mean(epochs) if epochs else None,
                "training s": m["training"].get("seconds"),
                "memory MB": m["training"].get("peak_memory_mb"),
                # the majority class needs no model, and answers as fast as one can ask
                "texts/s": m["inference"].get("texts_per_second") if m["model"] else None,
                "seed": m["training"].get("seed"),
                "synthetic": m["synthetic"],
            }
        )
    return pd.DataFrame(rows)


def published() -> pd.DataFrame:
    """Return the figures that others published, each with its source, split and sample size."""
    stored = json.loads((paths.SHIPPED_DATA / "published.json").read_text(encoding="utf-8"))
    return pd.DataFrame(stored["figures"])


def beside_published(results: list[Result]) -> pd.DataFrame:
    """Return our accuracy beside the coursework's, which was measured on other data."""
    ours = table(results)
    theirs = published().query("source == 'coursework'")
    columns = ["dataset", "name", "accuracy", "document", "data", "n_test"]
    return ours.merge(
        theirs[columns].rename(columns={"accuracy": "coursework"}),
        on=["dataset", "name"],
        how="left",
    )


def cost(dataset: str, name: str) -> str:
    """Say what a published run took, or that there is none yet."""
    path = paths.models_dir(dataset) / f"{name}.json"
    if not path.exists():
        return f"{name}: not trained yet in this profile."
    try:
        m = read(path).metrics
    except ValueError as error:
        return f"{name}: {error}."
    synthetic = " (synthetic)" if m["synthetic"] else ""
    memory = m["training"].get("peak_memory_mb")
    return (
        f"{name}{synthetic}: trained in {m['training']['seconds'] / 60:.1f} minutes"
        + (f" with {memory / 1000:.1f} GB" if memory else "")
        + f" on {m['environment']['cpu']}."
    )
