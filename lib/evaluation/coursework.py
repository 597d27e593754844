"""What others published, the coursework above all, beside our figures."""

import json
from collections.abc import Iterable

import pandas as pd

from lib import paths
from lib.evaluation import tables
from lib.evaluation.results import Result

SENTENCE = "I fell asleep halfway through."  # what the coursework asked its models


def published() -> pd.DataFrame:
    """Return the figures that others published, each with its source, split and sample size."""
    stored = json.loads((paths.SHIPPED_DATA / "published.json").read_text(encoding="utf-8"))
    return pd.DataFrame(stored["figures"])


def beside_published(runs: Iterable[Result]) -> pd.DataFrame:
    """Return `tables.table` with the coursework's accuracy, which was measured on other data.

    A model of the coursework that we have no run of has a row without our figures.
    """
    return _with_coursework(tables.table(runs), "accuracy")


def sentence_table(runs: Iterable[Result]) -> pd.DataFrame:
    """Return the probability of *positive* for `SENTENCE`: columns model, ours, coursework."""
    rows = [
        (run.metrics["dataset"], run.metrics["name"], run.metrics["title"], p["probability"])
        for run in runs
        for p in run.metrics["probes"]
        if p["text"] == SENTENCE
    ]
    ours = pd.DataFrame(rows, columns=["dataset", "name", "model", "ours"])
    return _with_coursework(ours, "sentence_probability")[["model", "ours", "coursework"]]


def _with_coursework(ours: pd.DataFrame, figure: str) -> pd.DataFrame:
    theirs = published().query("source == 'coursework'").dropna(subset=[figure])
    theirs = theirs[theirs["dataset"].isin(ours["dataset"])].rename(columns={figure: "coursework"})
    theirs = theirs[["dataset", "name", "title", "coursework", "document", "data", "n_test"]]
    both = ours.reset_index(names="row").merge(theirs, on=["dataset", "name"], how="outer")
    both["model"] = both["model"].fillna(both["title"]).fillna(both["name"])
    both = both.sort_values("row", kind="stable", ignore_index=True)  # ours first, as they were
    return both.drop(columns=["row", "title"])
