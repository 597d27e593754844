"""Where models fail: by the traits of a text, or by a doubtful label; and families of models."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lib import text
from lib.evaluation.results import Result

FAMILIES = {  # of architectures, in the order of their generations
    "bag of words": "tfidf_lr nbsvm linear_svm complement_naive_bayes linear ffnn dan",
    "recurrent": "rnn_last_state rnn lstm gru min_gru lru",
    "convolution": "cnn dcnn",
    "attention": "lstm_attention transformer transformer_modern",
    "pretrained": "encoder",
    "both ways": "wide_and_deep",
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
        verdict = np.argmax(strength) / max(1, len(words) - 1) if any(strength) else np.nan
        negations = 100 * len(NEGATION.findall(content)) / max(1, len(words))
        rows.append((len(words), negations, verdict))
    return pd.DataFrame(rows, columns=["words", "negations", "verdict"])


def accuracy_by(runs: Mapping[str, Result], groups: pd.Series) -> pd.DataFrame:
    """Return test accuracy by group of texts: a row per group, a column per model's title.

    Args:
        runs: on one test part.
        groups: the group of each test text; those without one are left out.
    """
    hits = pd.DataFrame({run.metrics["title"]: run.right for run in runs.values()})
    return hits.groupby(np.asarray(groups), observed=True).mean()


def doubtful_labels(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the indices of texts whose label is probably wrong, the most doubtful first.

    Confident learning (Northcutt, Jiang & Chuang 2021): a text counts as of another class if its
    probability there is at least the mean probability of that class among the texts labelled so.
    Ranked by how far the given label's probability is below the other's.

    Args:
        labels: integers `(n,)`.
        probabilities: `(n, classes)`, from models that were not trained on these texts.
    """
    own = [probabilities[labels == c, c] for c in range(probabilities.shape[1])]
    threshold = np.array([p.mean() if len(p) else np.inf for p in own])
    confident = np.where(probabilities >= threshold, probabilities, -np.inf)
    believed = confident.argmax(axis=1)
    doubtful = np.flatnonzero((confident.max(axis=1) > -np.inf) & (believed != labels))
    margin = probabilities[doubtful, labels[doubtful]] - probabilities[doubtful, believed[doubtful]]
    return doubtful[np.argsort(margin, kind="stable")]
