"""`publish()`: measure a finished model once on the test part and write its three files."""

import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from lib import classifier as classifiers
from lib import evaluation, paths, results
from lib.splits import Dataset


def publish(
    name: str,
    *,
    title: str,
    notebook: str,
    dataset: Dataset,
    predict_proba: Callable,
    classifier: classifiers.TextClassifier | None = None,
    training: dict,
    probes: Sequence[tuple[str, str, int]] = evaluation.PROBES,
) -> dict:
    """Evaluate on the test part and write `<name>.json`, `.npz` and, with a classifier, `.keras`.

    Args:
        name: stem of the files.
        title: what tables call the model.
        notebook: stem of the notebook that made it.
        dataset: whose validation and test parts are predicted, the test part once.
        predict_proba: from texts to probabilities `(n, classes)`.
        classifier: saved beside the JSON, if given.
        training: as `training.train` returns it; at least `seconds` and `seed`.
        probes: sentences to ask about, `(name, text, expected)`; empty if the task isn't sentiment.

    Returns:
        The metrics as written.
    """
    model, vectorized = {}, {}
    if classifier is not None:
        path = paths.models_dir(dataset.name) / f"{name}.keras"
        classifiers.save(classifier, path)
        weights = classifier.network.trainable_weights
        model = {
            "architecture": classifier.architecture,
            "options": classifier.options,
            "parameters": int(classifier.network.count_params()),
            "trainable": int(sum(np.prod(w.shape) for w in weights)),
            "file_mb": round(path.stat().st_size / 1e6, 2),
        }
        large = ("vocabulary", "idf", "tokenizer")
        config = classifier.vectorizer.get_config()
        vectorized = {k: v for k, v in config.items() if k not in large}
        vectorized["vocabulary"] = len(classifier.vectorizer.vocabulary)
    with warnings.catch_warnings():  # a text without a known word is part of the test
        warnings.simplefilter("ignore", UserWarning)
        validation = np.asarray(predict_proba(dataset.validation.texts))  # traces the graph
        started = time.perf_counter()
        test = np.asarray(predict_proba(dataset.test.texts))
        seconds = time.perf_counter() - started
        latency = _latency_ms(predict_proba, dataset.test.texts[:20])
    metrics = {
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
        "text": vectorized,
        "model": model,
        "training": training,
        "validation": evaluation.evaluate(dataset.validation.labels, validation),
        "test": evaluation.evaluate(dataset.test.labels, test),
        "probes": evaluation.probe(predict_proba, probes),
        "inference": {
            "texts_per_second": round(len(dataset.test) / seconds, 1),
            "latency_ms": latency,
        },
    }
    predictions = {
        "test_labels": dataset.test.labels,
        "test_probabilities": test.astype("float32"),
        "validation_labels": dataset.validation.labels,
        "validation_probabilities": validation.astype("float32"),
    }
    results.write(metrics, predictions)
    return metrics


def reload(models: dict[Path, classifiers.TextClassifier], texts: list) -> dict[Path, np.ndarray]:
    """Load saved models in a new interpreter and compare their answers with the models' in hand.

    Args:
        models: by file, as they were trained.
        texts: raw texts, or rows of a table.

    Returns:
        The answers there by file, float64 `(n, classes)`.

    Raises:
        ValueError: a file answers otherwise than its model, by more than 1e-6, or 1e-3 in half
            precision, whose last bits depend on the batch.
        subprocess.CalledProcessError: a file can't be loaded there.
    """
    code = (
        "import json, sys, lib, keras\n"
        "texts = json.loads(sys.argv[1])\n"
        "for file in sys.argv[2:]:\n"
        "    model = keras.models.load_model(file)\n"
        "    print('answer', json.dumps(model.predict_proba(texts).tolist()))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, json.dumps(texts), *map(str, models)],
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in said.stdout.splitlines() if line.startswith("answer ")]
    answers = {}
    for (path, model), line in zip(models.items(), lines, strict=True):
        answers[path] = np.array(json.loads(line.removeprefix("answer ")))
        close = 1e-3 if "bfloat16" in model.options.get("dtype", "") else 1e-6
        if not np.allclose(answers[path], model.predict_proba(texts), rtol=0, atol=close):
            raise ValueError(f"{path.name} does not answer as the model it was saved from.")
    return answers


def _latency_ms(predict_proba: Callable, texts: list[str]) -> float:
    """Return the median time from one raw text to its probabilities."""
    seconds = []
    for text in texts:
        started = time.perf_counter()
        predict_proba([text])
        seconds.append(time.perf_counter() - started)
    return round(1000 * float(np.median(seconds)), 2)
