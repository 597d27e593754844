"""Published runs beside each other: are they different, and where do their probes part?"""

from collections.abc import Iterable

import pandas as pd

from lib import evaluation, results
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
