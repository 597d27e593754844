"""`publish()`: measure a finished model once on the test part and write its files."""

import os
import platform
import re
import subprocess
import time
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

from lib import paths
from lib.data import Dataset
from lib.evaluation import metrics, results
from lib.evaluation.behaviour import PROBES, probe

SAMPLE = 1_000  # test texts on which a reused model is compared with its stored predictions


def publish(
    model,
    dataset: Dataset,
    history,
    *,
    name: str,
    title: str,
    notebook: str,
    probes: Sequence[tuple[str, str, int]] = PROBES,
    save: bool = True,
) -> dict:
    """Evaluate on the test part and write `<name>.json`, `.npz` and, of a classifier, `.keras`.

    Of a run that was reused nothing is written: its answers are compared with the stored ones.

    Args:
        model: a `TextClassifier` or an `Ensemble`; or a function from texts to probabilities
            `(n, classes)`, of which no model is saved.
        dataset: whose validation and test parts are predicted, the test part once.
        history: as `training.fit` returns it, or a dict with `seconds` and `seed` at least.
        name: stem of the files.
        title: what tables call the model.
        notebook: stem of the notebook that made it.
        probes: sentences to ask about, `(name, text, expected)`; empty if the task isn't sentiment.
        save: whether a classifier's file is written.

    Returns:
        The metrics as written, or as stored.

    Raises:
        ValueError: a reused run has no stored predictions, or answers otherwise than they say.
    """
    path = paths.models_dir(dataset.name) / f"{name}.json"
    if getattr(history, "reused", False):
        return _compared(model, dataset, path)
    described, text = {}, {}
    predict_proba = getattr(model, "predict_proba", model)
    if predict_proba is not model:
        described, text = (model.description()[key] for key in ("model", "text"))
        if save:
            model.save(path.with_suffix(".keras"))
            described["file_mb"] = round(path.with_suffix(".keras").stat().st_size / 1e6, 2)
    with warnings.catch_warnings():  # a text without a known word is part of the test
        warnings.simplefilter("ignore", UserWarning)
        validation = np.asarray(predict_proba(dataset.validation.texts))  # traces the graph
        started = time.perf_counter()
        test = np.asarray(predict_proba(dataset.test.texts))
        seconds = time.perf_counter() - started
    record = {
        "name": name,
        "title": title,
        "dataset": dataset.name,
        "notebook": notebook,
        "synthetic": dataset.synthetic,
        "data": {
            "fingerprint": dataset.fingerprint,
            "label_names": list(dataset.label_names),
            "n_train": len(dataset.train),
            "n_validation": len(dataset.validation),
            "n_test": len(dataset.test),
            "dropped": dataset.report,
        },
        "text": text,
        "model": described,
        "training": getattr(history, "record", history),
        "validation": metrics.evaluate(dataset.validation.labels, validation),
        "test": metrics.evaluate(dataset.test.labels, test),
        "probes": probe(predict_proba, probes),
        "inference": {"texts_per_second": round(len(dataset.test) / seconds, 1)},
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "environment": environment(),
    }
    results.write(
        record,
        labels={"validation": dataset.validation.labels, "test": dataset.test.labels},
        probabilities={"validation": validation, "test": test},
    )
    if hasattr(history, "folder"):  # a dict has a `clear` of its own, and keeps what it holds
        history.clear()
    return record


def from_predictions(
    dataset: Dataset, *, title: str, validation: np.ndarray, test: np.ndarray, seconds: float
) -> results.Result:
    """Return the figures of a model that was trained in the open and is not published.

    Args:
        dataset: whose validation and test parts were predicted.
        title: what tables call the model.
        validation, test: probabilities `(n, classes)`, or of class 1 `(n,)` or `(n, 1)`.
        seconds: that its training took.
    """
    labels = {"validation": dataset.validation.labels, "test": dataset.test.labels}
    probabilities = {}
    for part, values in {"validation": validation, "test": test}.items():
        values = np.asarray(values, dtype="float64").reshape(len(labels[part]), -1)
        both = np.hstack([1 - values, values]) if values.shape[1] == 1 else values
        probabilities[part] = both / both.sum(axis=1, keepdims=True)  # a softmax of 32 bits is off
    figures = {part: metrics.evaluate(labels[part], p) for part, p in probabilities.items()}
    named = {"title": title, "name": title, "dataset": dataset.name, "model": {}, "probes": []}
    named |= {"synthetic": dataset.synthetic, "training": {"seconds": seconds, "seed": 0}}
    return results.Result(named | figures, labels, probabilities, None)


def _compared(model, dataset: Dataset, path: Path) -> dict:
    """Return the stored metrics, if an even sample of test texts is answered as stored."""
    stored = results.read(path)
    rows = np.unique(np.linspace(0, len(dataset.test) - 1, SAMPLE).astype(int))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        here = model.predict_proba([dataset.test.texts[i] for i in rows])
    off = np.abs(here - stored.probabilities["test"][rows]).max()
    # What is stored has 16 bits, which are off by 1e-4 where they are off most.
    if off > 2e-4:
        raise ValueError(
            f"{path.stem} answers otherwise than its stored predictions, by {off:.4f}; RETRAIN=1 "
            "trains it again, or take its three files from one commit."
        )
    return stored.metrics


def environment() -> dict:
    """Return versions and processor, for the record."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    named = re.findall(r"^model name\s*: (.+)$", info, re.MULTILINE)
    cpu = named[0] if named else platform.processor() or platform.machine()
    packages = ("keras", "tensorflow", "numpy", "scikit-learn", "gensim")
    return {
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
        "backend": os.environ.get("KERAS_BACKEND", "tensorflow"),
        "cpu": f"{os.cpu_count()} cores of {cpu}",
    }


def commit() -> str:
    """Return the repository's commit, with a plus sign if files in `lib` differ from it."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(paths.ROOT), *arguments]
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()

    try:
        head = git("rev-parse", "--short", "HEAD")
        return head + "+" * bool(head and git("status", "--porcelain", "lib"))
    except OSError:  # no git
        return ""
