"""What an exported model tells of itself: its published figures, and what other seeds would do."""

import numpy as np

from lib.evaluation import results
from lib.evaluation.seeds import repeats

BINS = 10


def figures(published: results.Result) -> dict:
    """Return the figures that travel with a model, as JSON types.

    Args:
        published: its run.

    Returns:
        `title`, `accuracy` with its 95 % interval as `low` and `high`, `texts` of the test part,
        `synthetic`, and `seeds`: how far models of the same recipe from other seeds lie from it
        (see `seed_spread`), or None.
    """
    metrics = published.metrics
    test = metrics["test"]
    low, high = test["accuracy_ci95"]
    return {
        "title": metrics["title"],
        "accuracy": round(test["accuracy"], 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "texts": metrics["data"]["n_test"],
        "synthetic": metrics["synthetic"],
        "seeds": seed_spread(published, repeats(published)),
    }


def seed_spread(published: results.Result, others: list[results.Result]) -> list[dict] | None:
    """Return how far other seeds' probabilities lie from the published model's, by its own.

    The validation texts are put into ten bins by the published probability of the last class; of
    each bin the result holds `until`, its upper edge, and between which differences nine of ten of
    the other seeds' probabilities lie, `low` and `high`. None without other seeds, or for more than
    two classes.
    """
    p = published.probabilities["validation"]
    others = [o for o in others if len(o.probabilities["validation"]) == len(p)]
    if not others or p.shape[1] != 2:
        return None
    gaps = np.stack([o.probabilities["validation"][:, 1] - p[:, 1] for o in others], axis=1)
    edges = np.quantile(p[:, 1], np.linspace(0, 1, BINS + 1)[1:])
    edges[-1] = 1.0
    which = np.searchsorted(edges, p[:, 1])
    spread = []
    for i, edge in enumerate(edges):
        low, high = np.quantile(gaps[which == i], [0.05, 0.95]) if (which == i).any() else (0, 0)
        spread.append({"until": float(edge), "low": float(low), "high": float(high)})
    return [{k: round(v, 4) for k, v in row.items()} for row in spread]
