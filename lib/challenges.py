"""Answers of published models to texts beyond the test part, asked once and kept beside them."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from lib import classifier as classifiers
from lib import paths
from lib.results import Result


def answers(run: Result, name: str, texts: Sequence[str]) -> np.ndarray | None:
    """Return a published model's probabilities for texts, float32 `(texts, classes)`.

    They are read from `models/<dataset>/challenges/<model>.<name>.npz` if that file holds the
    answers of this run to these texts; else the saved model is asked, and the file written.

    Args:
        run: the published run.
        name: of the set of texts.
        texts: raw.

    Returns:
        Nothing if the answers are not there and the model's file isn't either.

    Raises:
        ModelFileError: the model's file can't be loaded.
    """
    m = run.metrics
    path = paths.models_dir(m["dataset"]) / "challenges" / f"{m['name']}.{name}.npz"
    key = hashlib.sha256(repr((m["created"], list(texts))).encode()).hexdigest()
    if path.exists():
        with np.load(path, allow_pickle=False) as stored:
            if str(stored["key"]) == key:
                return stored["probabilities"]
    if run.model_file is None:
        return None
    probabilities = classifiers.load(run.model_file).predict_proba(texts).astype("float32")
    with paths.written_whole(path) as partial:
        np.savez_compressed(partial, key=key, probabilities=probabilities)
    return probabilities


def all_answers(
    runs: Iterable[Result], name: str, texts: Sequence[str]
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return the answers of every model that can give them.

    Returns:
        Probabilities by the runs' titles; and a line for each model whose file can't be loaded.
    """
    found, problems = {}, []
    for run in runs:
        try:
            probabilities = answers(run, name, texts)
        except classifiers.ModelFileError as error:
            problems.append(f"{run.metrics['title']} left out: {error}")
            continue
        if probabilities is not None:
            found[run.metrics["title"]] = probabilities
    return found, problems
