"""Saved models asked again: from a new interpreter, and on texts beyond the test part."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from lib import paths
from lib.evaluation.results import Result, keep_answers, kept_answers

ASK = """
import json, sys
import lib.models, keras
texts = json.loads(sys.argv[1])
for file in sys.argv[2:]:
    model = keras.models.load_model(file)
    print("answer", json.dumps(model.predict_proba(texts).tolist()))
"""


def reload(models: Mapping[Path, object], texts: list) -> dict[Path, np.ndarray]:
    """Load saved models in a new interpreter and compare their answers with the models' in hand.

    Args:
        models: `TextClassifier` by file, as they were trained.
        texts: raw texts, or rows of a table.

    Returns:
        The answers there by file, float64 `(n, classes)`.

    Raises:
        ValueError: a file answers otherwise than its model, by more than 1e-6.
        RuntimeError: a file can't be loaded there.
    """
    command = [sys.executable, "-c", ASK, json.dumps(texts), *map(str, models)]
    printed = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True)
    if printed.returncode:
        (*_, reason) = printed.stderr.strip().splitlines() or ["it says nothing"]
        raise RuntimeError(f"A new interpreter can't load these models: {reason}")
    lines = [line for line in printed.stdout.splitlines() if line.startswith("answer ")]
    answers = {}
    for (path, model), line in zip(models.items(), lines, strict=True):
        answers[path] = np.array(json.loads(line.removeprefix("answer ")))
        if not np.allclose(answers[path], model.predict_proba(texts), rtol=0, atol=1e-6):
            raise ValueError(f"{path.name} does not answer as the model it was saved from.")
    return answers


def ask_all(
    runs: Iterable[Result], name: str, texts: Sequence[str]
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return the answers of published models to texts beyond the test part, asked once.

    They are kept in `models/<dataset>/challenges/<model>.<name>.npz`; where that file holds the
    answers of this run to these texts, the saved model is not asked.

    Args:
        runs: published; one with neither answers nor a model's file is left out.
        name: of the set of texts.
        texts: raw.

    Returns:
        Probabilities float32 `(texts, classes)` by the runs' titles; and a line for each model
        whose file can't be loaded.
    """
    from lib import models

    answers, problems = {}, []
    for run in runs:
        m = run.metrics
        path = paths.models_dir(m["dataset"]) / "challenges" / f"{m['name']}.{name}.npz"
        key = hashlib.sha256(repr((m["created"], list(texts))).encode()).hexdigest()
        if (kept := kept_answers(path, key)) is not None:
            answers[m["title"]] = kept
            continue
        if run.model_file is None:
            continue
        try:
            probabilities = models.load(run.model_file).predict_proba(texts).astype("float32")
        except models.ModelFileError as error:
            problems.append(f"{m['title']} left out: {error}")
            continue
        keep_answers(path, key, probabilities)
        answers[m["title"]] = probabilities
    return answers, problems
