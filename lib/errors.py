"""Where models fail: by the traits of a text, by the family of a model, by a doubtful label."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lib import text
from lib.results import Result

FAMILIES = {  # of architectures, in the order of their generations
    "linear": "bags",
    "ffnn": "bags",
    "dan": "bags",
    "rnn_last_state": "recurrent",
    "rnn": "recurrent",
    "lstm": "recurrent",
    "gru": "recurrent",
    "cnn": "convolution",
    "dcnn": "convolution",
    "lstm_attention": "attention",
    "transformer": "attention",
    "encoder": "pretrained",
}
NEGATION = re.compile(r"\b(?:not|no|never|nothing|nobody|neither|nor|without|cannot|\w+n't)\b")


def traits(texts: Sequence[str], weights: Mapping[str, float]) -> pd.DataFrame:
    """Return what may make each text hard.

    Args:
        texts: raw.
        weights: of words, as a linear model has them; large where a word says much.

    Returns:
        Columns `words`; `negations`, per hundred words; and `verdict`, where the word with the
        largest weight stands, from 0, the beginning, to 1, the end (NaN if no word has a weight).
    """
    rows = []
    for content in text.clean(texts, "light"):
        words = content.split()
        strength = [abs(weights.get(word, 0.0)) for word in words]
        known = any(strength)
        rows.append(
            {
                "words": len(words),
                "negations": 100 * len(NEGATION.findall(content)) / max(1, len(words)),
                "verdict": np.argmax(strength) / max(1, len(words) - 1) if known else np.nan,
            }
        )
    return pd.DataFrame(rows, columns=["words", "negations", "verdict"])


def right(run: Result) -> np.ndarray:
    """Return which test texts a run gets right, bool `(n,)`."""
    return run.probabilities["test"].argmax(axis=1) == run.labels["test"]


def accuracy_by(runs: Mapping[str, Result], groups: pd.Series) -> pd.DataFrame:
    """Return test accuracy by group of texts: a row per group, a column per model's title.

    Args:
        runs: on one test part.
        groups: the group of each test text; those without one are left out.
    """
    hits = pd.DataFrame({run.metrics["title"]: right(run) for run in runs.values()})
    return hits.groupby(np.asarray(groups), observed=True).mean()


def by_family(runs: Mapping[str, Result]) -> pd.DataFrame:
    """Return which test texts the majority of each family's models gets right.

    Bool, a row per text, a column per family; an architecture that is not known is its own family.
    """
    members: dict[str, list] = {}
    for run in runs.values():
        architecture = run.metrics["model"].get("architecture", "none")
        members.setdefault(FAMILIES.get(architecture, architecture), []).append(right(run))
    return pd.DataFrame({name: np.mean(hits, axis=0) > 0.5 for name, hits in members.items()})


def doubtful_labels(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the indices of texts whose label is probably wrong, the most doubtful first.

    Confident learning (Northcutt, Jiang & Chuang 2021): a text counts as of another class if its
    probability there is at least the mean probability of that class among the texts labelled so.
    Ranked by how far the given label's probability is below the other's.

    Args:
        labels: integers `(n,)`.
        probabilities: `(n, classes)`, from models that were not trained on these texts.
    """
    classes = probabilities.shape[1]
    own = [probabilities[labels == c, c] for c in range(classes)]
    threshold = np.array([p.mean() if len(p) else np.inf for p in own])
    confident = np.where(probabilities >= threshold, probabilities, -np.inf)
    believed = confident.argmax(axis=1)
    doubtful = np.flatnonzero((confident.max(axis=1) > -np.inf) & (believed != labels))
    margin = probabilities[doubtful, labels[doubtful]] - probabilities[doubtful, believed[doubtful]]
    return doubtful[np.argsort(margin, kind="stable")]
