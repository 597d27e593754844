"""How much of an accuracy is luck: the same recipe from several random seeds."""

import json
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from lib import paths
from lib.evaluation.results import Result, read


def repeats(run: Result) -> list[Result]:
    """Return the runs of a published recipe from other seeds, in their order.

    They are among the steps, by whatever name: as `training.repeat` has left them, or as a part of
    a comparison that had several seeds.
    """
    m = run.metrics
    wanted, own, found = _recipe(m), m["training"].get("seed"), {}
    for file in sorted((paths.models_dir(m["dataset"]) / "steps").glob("[!.]*.json")):
        try:
            stored = json.loads(file.read_text(encoding="utf-8"))
            seed = stored["training"]["seed"]
            if seed != own and _recipe(stored) == wanted:
                found.setdefault(seed, read(file))
        except (ValueError, KeyError, TypeError):  # damaged, and measured again when asked for
            continue
    return [found[seed] for seed in sorted(found)]


def contrast(runs: Sequence[Result], others: Sequence[Result]) -> dict:
    """Compare two recipes over several seeds, by accuracy on the test part, in points.

    Each text is answered by every run, so a difference is taken text by text and averaged over
    the pairs of seeds. Its interval says what other texts could do to it; what other seeds could
    do, the pairs show.

    Args:
        runs: of one recipe, a seed each.
        others: of the other, of the same seeds in the same order.

    Returns:
        `points`, the difference, with its 95 % interval from `low` to `high`; `by_seed`, that of
        each pair; `ahead`, in how many pairs it is above 0, of `pairs`; and `verdict`: `more than
        chance` if the interval leaves out 0 and all pairs point the same way, else `no more than
        chance`.
    """
    gaps = np.array([100.0 * a.right - 100.0 * b.right for a, b in zip(runs, others, strict=True)])
    by_seed, by_text = gaps.mean(axis=1), gaps.mean(axis=0)
    half = 1.96 * by_text.std(ddof=1) / np.sqrt(len(by_text))
    low, high = by_text.mean() - half, by_text.mean() + half
    one_way = abs(np.sign(by_seed).sum()) == len(by_seed)
    return {
        "points": float(by_seed.mean()),
        "low": float(low),
        "high": float(high),
        "by_seed": by_seed.tolist(),
        "ahead": int((by_seed > 0).sum()),
        "pairs": len(by_seed),
        "verdict": f"{'' if low * high > 0 and one_way else 'no '}more than chance",
    }


def versus(run: Result, other: Result) -> dict:
    """Compare two published recipes over their seeds, as `contrast` does.

    A linear model, which has no seed, stands beside each of the other's runs.
    """
    sides = [[one, *repeats(one)] for one in (run, other)]
    most = max(map(len, sides))
    sides = [some if "history" in some[0].metrics["training"] else some * most for some in sides]
    count = min(map(len, sides))
    return contrast(*(some[:count] for some in sides))


def mean_accuracy(run: Result) -> float:
    """Return test accuracy, the mean over a published recipe's seeds."""
    return float(np.mean([one.right.mean() for one in [run, *repeats(run)]]))


def spread(runs: Iterable[Result]) -> pd.DataFrame:
    """Return test accuracy over seeds, published one included, for each run that was repeated.

    A repeat counts if it was trained on the same data by the same recipe but for the seed. Columns:
    model, seeds, mean, lowest, highest, published; sorted by the mean.
    """
    rows = []
    for run in runs:
        same = [repeat.right.mean() for repeat in repeats(run)]
        if not same:
            continue
        own = run.right.mean()
        accuracies = pd.Series([own, *same])
        row = {"model": run.metrics["title"], "seeds": len(accuracies), "mean": accuracies.mean()}
        row |= {"lowest": accuracies.min(), "highest": accuracies.max(), "published": own}
        rows.append(row)
    columns = ["model", "seeds", "mean", "lowest", "highest", "published"]
    return pd.DataFrame(rows, columns=columns).sort_values("mean", ascending=False)


def _recipe(metrics: dict) -> tuple:
    model, training = metrics["model"], metrics["training"]
    options = model.get("options"), training.get("options"), training.get("protocol")
    return metrics["data"]["fingerprint"], model.get("architecture"), metrics["text"], *options
