"""Published runs beside each other: are they different, and where do their probes part?"""

from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from lib import errors, evaluation, results
from lib.results import Result


def named(dataset: str, names: Iterable[str]) -> dict[str, Result]:
    """Return the runs of those names that there are in this profile, in the order given."""
    found, _ = results.load_all()
    there = {r.metrics["name"]: r for r in found if r.metrics["dataset"] == dataset}
    return {name: there[name] for name in names if name in there}


def differences(runs: dict[str, Result], pairs: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Return, for each pair, test accuracy of the first minus that of the second.

    Columns: pair, difference with its paired-bootstrap 95 % interval as low and high, and the
    p-value of McNemar's test. Pairs of which a run is missing are left out.
    """
    rows = []
    for a, b in pairs:
        if not {a, b} <= runs.keys():
            continue
        truth = runs[a].labels["test"]
        first, second = (runs[name].probabilities["test"].argmax(axis=1) for name in (a, b))
        gap = evaluation.paired_bootstrap(truth, first, second)
        low, high = gap["ci95"]
        rows.append(
            {
                "pair": f"{runs[a].metrics['title']} − {runs[b].metrics['title']}",
                "difference": gap["difference"],
                "low": low,
                "high": high,
                "McNemar p": evaluation.mcnemar(truth, first, second)["p_value"],
            }
        )
    return pd.DataFrame(rows, columns=["pair", "difference", "low", "high", "McNemar p"])


def pairwise(runs: dict[str, Result]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare every two models on the same test part.

    Returns:
        Accuracy of the row's model minus that of the column's, in points; and the p-values of
        McNemar's test, adjusted for their number by Holm's method (1979). Models by titles.
    """
    titles = [run.metrics["title"] for run in runs.values()]
    answers = [run.probabilities["test"].argmax(axis=1) for run in runs.values()]
    truth = next(iter(runs.values())).labels["test"]
    accuracy = np.array([errors.right(run).mean() for run in runs.values()])
    gaps = 100 * (accuracy[:, None] - accuracy)
    pairs = list(combinations(range(len(titles)), 2))
    p = [evaluation.mcnemar(truth, answers[a], answers[b])["p_value"] for a, b in pairs]
    adjusted = np.ones_like(gaps)
    if pairs:
        for (a, b), value in zip(pairs, multipletests(p, method="holm")[1], strict=True):
            adjusted[a, b] = adjusted[b, a] = value
    return (
        pd.DataFrame(gaps, index=titles, columns=titles),
        pd.DataFrame(adjusted, index=titles, columns=titles),
    )


def smallest_difference(a: Result, b: Result, *, power: float = 0.8) -> float:
    """Return the accuracy difference that a test part of this size shows with that probability.

    For a paired test at the 5 % level on two models that disagree as often as these (Connor 1987):
    the fewer the texts on which only one is right, the smaller the difference that shows.
    """
    discordant = errors.right(a) != errors.right(b)
    wanted = stats.norm.isf(0.025) + stats.norm.ppf(power)
    return float(wanted * np.sqrt(discordant.mean() / len(discordant)))


def pareto(table: pd.DataFrame, cost: str, *, less: bool = True) -> pd.DataFrame:
    """Return the rows that no other row beats in accuracy at the same cost or a better one.

    Args:
        table: with columns accuracy and `cost`; rows without a cost are left out.
        cost: a column.
        less: whether less of it is better.
    """
    rows = table.dropna(subset=[cost]).sort_values(
        [cost, "accuracy"], ascending=[less, False], kind="stable"
    )
    before = rows["accuracy"].cummax().shift(fill_value=-np.inf)
    return rows[rows["accuracy"] > before]


def probe_table(runs: dict[str, Result]) -> tuple[pd.DataFrame, list[int]]:
    """Return the probability of *positive*, probes by models, and each probe's right label."""
    probes = pd.DataFrame(
        {
            run.metrics["title"]: {p["name"]: p["probability"] for p in run.metrics["probes"]}
            for run in runs.values()
        }
    )
    first = next(iter(runs.values()))
    return probes, [p["expected"] for p in first.metrics["probes"]]


FLOORS = ("tfidf_lr", "nbsvm", "linear_svm", "complement_naive_bayes")


def against_floor(runs: dict[str, Result], names: Iterable[str]) -> str:
    """Say, a line per named run, how it stands to the best floor and to the probes, if asked."""
    floors = [runs[name].metrics["test"]["accuracy"] for name in FLOORS if name in runs]
    lines = []
    for metrics in (runs[name].metrics for name in names):
        probes = metrics["probes"]
        right = sum((p["probability"] > 0.5) == p["expected"] for p in probes)
        said = [f"{right} of {len(probes)} probes right"] if probes else []
        if floors:
            gap = 100 * (metrics["test"]["accuracy"] - max(floors))
            side = "above" if gap > 0 else "below"
            said.append(f"accuracy {abs(gap):.1f} points {side} the best linear floor")
        line = f"{metrics['title']}: {', '.join(said)}"
        lines.append(line + (" (synthetic)" if metrics["synthetic"] else ""))
    return "\n".join(lines)


def choices(table: pd.DataFrame) -> pd.DataFrame:
    """Return which model to choose by what one needs, with the figure that says so.

    Args:
        table: `results.table` of one data set, without the majority class.

    Returns:
        Columns need, model, figure.
    """
    rows = table.set_index("model")
    close = rows[rows["accuracy"] >= rows["accuracy"].max() - 0.02]
    chosen = [
        ("most accurate", rows["accuracy"].idxmax(), "accuracy", "accuracy {:.4f}"),
        ("fastest to ask", rows["texts/s"].idxmax(), "texts/s", "{:,.0f} texts/s"),
        ("trained fastest within 2 points", close["training s"].idxmin(), "training s", "{:.0f} s"),
        ("smallest file within 2 points", close["file MB"].idxmin(), "file MB", "{:.1f} MB"),
        ("best calibrated as it is", rows["ECE"].idxmin(), "ECE", "ECE {:.4f}"),
    ]
    return pd.DataFrame(
        [(need, model, form.format(rows.loc[model, what])) for need, model, what, form in chosen],
        columns=["need", "model", "figure"],
    )
