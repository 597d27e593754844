"""Published runs beside each other: which differ, which is best, what does a step buy?"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import log_loss
from statsmodels.stats.multitest import multipletests

from lib.evaluation import metrics, tables
from lib.evaluation.results import Result
from lib.evaluation.wording import best_of

CLOSE = 0.02  # of accuracy: who is further off the best is no choice, however quick or calibrated


def gap(a: Result, b: Result) -> dict:
    """Return test accuracy of a minus that of b, as `paired_bootstrap` and `mcnemar` give it."""
    parts = a.labels["test"], a.answers, b.answers
    return metrics.paired_bootstrap(*parts) | metrics.mcnemar(*parts)


def differences(runs: Mapping[str, Result], pairs: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Return, for each pair of names, test accuracy of the first minus that of the second.

    Columns: pair, difference with its paired-bootstrap 95 % interval as low and high, and the
    p-value of McNemar's test.
    """
    rows = []
    for a, b in ((runs[first], runs[second]) for first, second in pairs):
        found = gap(a, b)
        pair = f"{a.metrics['title']} − {b.metrics['title']}"
        rows.append((pair, found["difference"], *found["ci95"], found["p_value"]))
    return pd.DataFrame(rows, columns=["pair", "difference", "low", "high", "McNemar p"])


def ladder(steps: Sequence[Result]) -> pd.DataFrame:
    """Return what each step of a ladder, one ingredient more each, buys over the one before.

    Columns: step, validation and accuracy (of the test part) with its 95 % interval as low and
    high; gain, in points of accuracy, with its paired-bootstrap interval as from and to, NaN in the
    first row; precision, recall and training s.
    """
    rows = []
    for before, run in zip([None, *steps], steps, strict=False):
        m = run.metrics
        found = gap(run, before) if before else {"difference": np.nan, "ci95": [np.nan] * 2}
        rows.append(
            {
                "step": m["title"],
                "validation": m["validation"]["accuracy"],
                "accuracy": m["test"]["accuracy"],
                "low": m["test"]["accuracy_ci95"][0],
                "high": m["test"]["accuracy_ci95"][1],
                "gain": 100 * found["difference"],
                "from": 100 * found["ci95"][0],
                "to": 100 * found["ci95"][1],
                "precision": m["test"]["precision"],
                "recall": m["test"]["recall"],
                "training s": m["training"]["seconds"],
            }
        )
    return pd.DataFrame(rows)


def pairwise(runs: Mapping[str, Result]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare every two models on the same test part.

    Returns:
        Accuracy of the row's model minus that of the column's, in points; and the p-values of
        McNemar's test, adjusted for their number by Holm's method (1979). Models by titles.
    """
    titles = [run.metrics["title"] for run in runs.values()]
    accuracy = np.array([run.right.mean() for run in runs.values()])
    gaps = 100 * (accuracy[:, None] - accuracy)
    adjusted = np.ones_like(gaps)
    if p := [gap(a, b)["p_value"] for a, b in combinations(runs.values(), 2)]:
        pairs = combinations(range(len(titles)), 2)
        for (a, b), value in zip(pairs, multipletests(p, method="holm")[1], strict=True):
            adjusted[a, b] = adjusted[b, a] = value
    return pd.DataFrame(gaps, titles, titles), pd.DataFrame(adjusted, titles, titles)


def smallest_difference(a: Result, b: Result, *, power: float = 0.8) -> float:
    """Return the difference of accuracies that a test would detect in this share of the cases.

    For a paired test at the 5 % level on two models that disagree as often as these (Connor 1987):
    the fewer the texts on which only one is right, the smaller the difference that shows.
    """
    discordant = a.right != b.right
    wanted = stats.norm.isf(0.025) + stats.norm.ppf(power)
    return float(wanted * np.sqrt(discordant.mean() / len(discordant)))


def probe_table(runs: Mapping[str, Result]) -> tuple[pd.DataFrame, list[int]]:
    """Return the probability of *positive*, sentences by models, and each one's right label."""
    probes = {run.metrics["title"]: run.metrics["probes"] for run in runs.values()}
    first = next(iter(probes.values()))
    columns = {title: {p["text"]: p["probability"] for p in some} for title, some in probes.items()}
    return pd.DataFrame(columns), [p["expected"] for p in first]


def validation_loss(run: Result) -> float:
    """Return a run's log loss on validation, with the temperature that fits it there best.

    Models are chosen by it: a temperature changes no answer, and without one a model that learned
    from smoothed or softened labels would look worse than it is.
    """
    labels, asis = run.labels["validation"], run.probabilities["validation"]
    scaled = metrics.scale(asis, metrics.fit_temperature(labels, asis))
    return float(log_loss(labels, scaled, labels=np.arange(scaled.shape[1])))


def leaders(runs: Iterable[Result]) -> list[str]:
    """Return the titles of the models that can't be told apart from the most accurate, it first.

    These are the ones whose difference from it has a 95 % interval with 0 in it. All runs are on
    one data set; the majority class among them doesn't count.
    """
    ranked = [run for run in runs if run.metrics["name"] != "majority"]
    ranked.sort(key=lambda run: -run.right.mean())
    tied = [run for run in ranked if gap(ranked[0], run)["ci95"][0] <= 0]
    return [run.metrics["title"] for run in tied]


def winners(runs: Sequence[Result]) -> pd.DataFrame:
    """Return which cells of `tables.table(runs)` are the best of their data set, bool.

    With all that tie; in accuracy all that `leaders` names. The majority class wins nothing, and
    calibration (ECE) only who is within two points of the best accuracy.
    """
    rows = tables.table(runs).round(4)
    marks = pd.DataFrame(False, rows.index, rows.columns)
    for dataset, some in rows[rows["name"] != "majority"].groupby("dataset"):
        first = leaders(run for run in runs if run.metrics["dataset"] == dataset)
        marks.loc[some.index, "accuracy"] = some["model"].isin(first)
        better = {"F1": some["F1"], "AUC": some["AUC"], "log loss": -some["log loss"]}
        better["ECE"] = -some["ECE"][some["accuracy"] >= some["accuracy"].max() - CLOSE]
        for column, values in better.items():
            marks.loc[values.index, column] = values == values.max()
    return marks


def choices(runs: Sequence[Result]) -> pd.DataFrame:
    """Return which model to choose by what one needs, with all that tie, and the figure.

    Speed of prediction is none of the needs: it was measured on other days for other models.

    Args:
        runs: on one data set; the majority class among them is no choice.

    Returns:
        Columns need, model, figure.
    """
    rows = tables.table(runs).query("name != 'majority'").set_index("model")
    shown = rows.round({"training s": 0, "file MB": 1, "ECE": 4})
    close = shown[rows["accuracy"] >= rows["accuracy"].max() - CLOSE]
    best = pd.Series(rows["accuracy"].max(), leaders(runs))
    needs = [
        ("most accurate", best, "max", "accuracy {:.4f}"),
        ("trained fastest within 2 points", close["training s"], "min", "{:.0f} s"),
        ("smallest file within 2 points", close["file MB"], "min", "{:.1f} MB"),
        ("best calibrated within 2 points", close["ECE"], "min", "ECE {:.4f}"),
    ]
    found = [
        (need, best_of(values, largest=which == "max"), form.format(values.agg(which)))
        for need, values, which, form in needs
    ]
    return pd.DataFrame(found, columns=["need", "model", "figure"])
