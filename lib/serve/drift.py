"""Whether the texts of today look like those a model was validated on.

Watched are a text's length in words, the share of it that the vocabulary doesn't know, and the
probability that the model gives. Each is compared with the validation part by the population
stability index and by the Kolmogorov-Smirnov test.
"""

import zipfile
from collections import deque
from pathlib import Path

import numpy as np

from lib.serve.runtime import Runtime
from lib.text.sequence import UNKNOWN

WATCHED = ("length", "unknown", "probability")
LEAST = 100  # texts below which nothing is said
SHIFTED = 0.25  # the index from which, by custom, a distribution has changed
SURE = 0.01  # p-value, adjusted for several tests, below which it is more than chance


def features(
    texts: list[str], rows: list, probabilities: np.ndarray, *, unknown_id: int = UNKNOWN
) -> np.ndarray:
    """Return what is watched of each text, float32 `(texts, 3)`, in the order of `WATCHED`.

    Of a network on word ids, *unknown* is the share of its words that are not in the vocabulary; of
    a bag, how few of its n-grams are known, by its length. The probability is that of the last
    class, *positive* where there are two. `unknown_id` is the id of an unknown word.
    """
    found = np.zeros((len(texts), 3), "float32")
    for i, (text, row) in enumerate(zip(texts, rows, strict=True)):
        words = len(text.split())
        if isinstance(row, tuple) and len(row) == 2:
            unknown = 1 / (1 + np.count_nonzero(row[0]) / max(1, words))
        else:
            ids = row[0] if isinstance(row, tuple) else row
            unknown = float(np.mean(ids == unknown_id))
        found[i] = words, unknown, probabilities[i, -1]
    return found.astype("float16").astype("float32")  # as the reference is kept


def stability_index(expected: np.ndarray, found: np.ndarray) -> float:
    """Return the population stability index of a sample against another, by its deciles.

    `sum (a - e) * log(a / e)` over bins that hold a tenth of the expected values each (fewer bins
    where values repeat); an empty bin counts as half a value. 0 is no change, from .25 on a
    distribution is called changed (Siddiqi 2006).
    """
    edges = np.unique(np.quantile(expected, np.linspace(0, 1, 11)[1:-1]))
    bins = len(edges) + 1
    e, a = (
        np.maximum(np.bincount(np.searchsorted(edges, x), minlength=bins), 0.5) / len(x)
        for x in (expected, found)
    )
    return float(((a - e) * np.log(a / e)).sum())


class Drift:
    """What the last texts looked like, beside the validation part.

    Args:
        runtime: the model; its folder holds `reference.npz`, or nothing can be compared.
        last: how many texts are looked back on.
    """

    def __init__(self, runtime: Runtime, *, last: int = 1000):
        self.reference = load_reference(runtime.folder / "reference.npz")
        self.unknown_id = _unknown_id(runtime)
        self.recent: deque = deque(maxlen=last)

    def add(self, texts: list[str], rows: list, probabilities: np.ndarray) -> None:
        """Note the texts of a batch."""
        self.recent.extend(features(texts, rows, probabilities, unknown_id=self.unknown_id))

    def report(self) -> dict:
        """Compare; return what there is to say, as JSON types.

        `drift` is whether one of the three has changed: its index is at least .25, and its test
        below .01 after Holm's correction.
        """
        told = {"texts": len(self.recent), "drift": False, "watched": {}}
        if self.reference is None:
            return told | {"note": "no reference: the folder has no reference.npz"}
        if len(self.recent) < LEAST:
            return told | {"note": f"fewer than {LEAST} texts so far"}
        from scipy.stats import ks_2samp

        now = np.array(list(self.recent))  # a copy: the worker's thread goes on adding
        pairs = [(self.reference[:, i], now[:, i]) for i in range(len(WATCHED))]
        p_values = holm([ks_2samp(*pair).pvalue for pair in pairs])
        for name, (then, today), p in zip(WATCHED, pairs, p_values, strict=True):
            index = stability_index(then, today)
            told["watched"][name] = {
                "stability_index": round(index, 4),
                "p": float(p),
                "median": round(float(np.median(today)), 4),
                "median_before": round(float(np.median(then)), 4),
                "drift": bool(index >= SHIFTED and p < SURE),
            }
        told["drift"] = any(one["drift"] for one in told["watched"].values())
        return told


def holm(p_values: list[float]) -> np.ndarray:
    """Return p-values adjusted for being several (Holm 1979), in their order."""
    p = np.asarray(p_values, float)
    order = np.argsort(p)
    adjusted = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1)[np.argsort(order)]


def write_reference(runtime: Runtime, texts: list[str], path: Path) -> None:
    """Write what the validation part looks like to a model, for `Drift`, 16 bits a value.

    Args:
        runtime: the model.
        texts: raw, those of the validation part.
        path: of the `.npz` file.
    """
    rows = runtime.vectorizer.transform(texts)
    p = runtime.predict_proba(texts)
    found = features(texts, rows, p, unknown_id=_unknown_id(runtime))
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, features=found.astype("float16"))


def _unknown_id(runtime: Runtime) -> int:
    """Word pieces have an unknown one of their own."""
    return getattr(runtime.vectorizer, "unknown", UNKNOWN)


def load_reference(path: Path) -> np.ndarray | None:
    """Return what `write_reference` wrote, `(texts, 3)`; None if there is nothing to read."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return stored["features"].astype("float32")
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None
