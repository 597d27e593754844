"""The metrics JSON of each run: written whole, checked when read."""

import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib import paths

SCHEMA = 1
EVERY_RUN = "*/[!.]*.json"
REQUIRED = {"schema": int, "synthetic": bool, "probes": list}
REQUIRED |= dict.fromkeys("name title dataset notebook created".split(), str)
REQUIRED |= dict.fromkeys("data text model training test inference environment".split(), dict)


class MissingRunError(Exception):
    """A run that is not there or can't be read; the message says what makes it, in one line."""


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

    @property
    def answers(self) -> np.ndarray:
        """The most probable class of each test text, int `(n,)`."""
        return self.probabilities["test"].argmax(axis=1)

    @property
    def right(self) -> np.ndarray:
        """Which test texts the model gets right, bool `(n,)`."""
        return self.answers == self.labels["test"]


def write(
    metrics: dict, *, labels: dict[str, np.ndarray], probabilities: dict[str, np.ndarray]
) -> Path:
    """Write `<name>.json` and `<name>.npz` under `models/<dataset>/`, each whole or not at all.

    Probabilities are kept as their logarithms minus the largest of each text, in 16 bits: a sixth
    of the space, no answer changed, and a probability off by a thousandth of itself at most.

    Args:
        metrics: everything but `schema`, which is added.
        labels: integers `(n,)`, by part.
        probabilities: `(n, classes)`, by part.

    Returns:
        The path of the JSON file.

    Raises:
        ValueError: the metrics are incomplete.
    """
    metrics = {"schema": SCHEMA, **metrics}
    if problem := _problem(metrics):
        raise ValueError(f"These metrics are incomplete: {problem}.")
    path = paths.models_dir(metrics["dataset"]) / f"{metrics['name']}.json"
    stored = {f"{part}_labels": values for part, values in labels.items()}
    for part, values in probabilities.items():
        logs = np.log(np.maximum(values, 1e-12))
        logs -= logs.max(axis=1, keepdims=True)
        below = -np.finfo("float16").smallest_subnormal  # so that no second best ties by rounding
        stored[f"{part}_scores"] = np.where(logs < 0, np.minimum(logs, below), 0).astype("float16")
    with paths.written_whole(path.with_suffix(".npz")) as partial:
        np.savez_compressed(partial, **stored)
    with paths.written_whole(path) as partial:
        content = json.dumps(metrics, indent=1, ensure_ascii=False, allow_nan=False)
        partial.write_text(content + "\n", encoding="utf-8")
    paths.record_use(path)
    return path


def read(path: str | Path) -> Result:
    """Read one run.

    Raises:
        ValueError: there is none; or the JSON is malformed, of another schema or incomplete, or the
            predictions are missing or don't belong to it.
    """
    paths.record_use(path := Path(path))
    if not path.exists():
        raise ValueError("not trained yet in this profile")
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
            odds = {part: np.exp(stored[f"{part}_scores"].astype("float32")) for part in parts}
            probabilities = {part: o / o.sum(axis=1, keepdims=True) for part, o in odds.items()}
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"its predictions can't be read ({type(error).__name__})") from error
    model_file = path.with_suffix(".keras")
    run = Result(metrics, labels, probabilities, model_file if model_file.exists() else None)
    if len(run.right) != metrics["data"]["n_test"] or not np.isclose(
        run.right.mean(), metrics["test"]["accuracy"], atol=1e-6
    ):
        raise ValueError("its predictions are of another run or test part")
    return run


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


def load_all() -> tuple[list[Result], list[str]]:
    """Read every run of the profile, best accuracy first within each data set.

    Returns:
        The results, and one line for each file that was left out, saying why.
    """
    runs, problems = [], []
    paths.record_use(paths.models_root() / EVERY_RUN)  # one that is added counts as well
    for path in sorted(paths.models_root().glob(EVERY_RUN)):
        try:
            runs.append(read(path))
        except ValueError as error:
            problems.append(f"{path.parent.name}/{path.name} left out: {error}.")
    runs.sort(key=lambda r: (r.metrics["dataset"], -r.metrics["test"]["accuracy"]))
    return runs, problems


def keep_answers(path: Path, key: str, probabilities: np.ndarray) -> None:
    """Write answers that took long to get; `key` says all that they depend on."""
    with paths.written_whole(path) as partial:
        np.savez_compressed(partial, key=key, probabilities=probabilities)


def kept_answers(path: Path, key: str) -> np.ndarray | None:
    """Return the answers kept under this key; nothing if there are none, or the file is damaged."""
    paths.record_use(path)
    try:
        with np.load(path, allow_pickle=False) as stored:
            return stored["probabilities"] if str(stored["key"]) == key else None
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def named(dataset: str, names: Iterable[str], *, missing_ok: bool = False) -> dict[str, Result]:
    """Return the runs of those names, in the order given.

    Args:
        dataset: the data set's name.
        names: the runs' names.
        missing_ok: leave out a run that has no file yet, instead of raising.

    Raises:
        MissingRunError: one is not there, or can't be read.
    """
    runs = {}
    for name in names:
        file = paths.models_dir(dataset) / f"{name}.json"
        if missing_ok and not file.exists():
            continue
        try:
            runs[name] = read(file)
        except ValueError as error:
            make = "make demo" if paths.profile() == "demo" else "make notebooks"
            message = f"{dataset}/{name}: {error}; its notebook or `{make}` makes it."
            raise MissingRunError(message) from error
    return runs
