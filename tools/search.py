"""Train one variant of an architecture, look at validation only, and add a line to its log.

    python tools/search.py lstm "wider" --options '{"units": 128}' --training '{"epochs": 6}'

Nothing is published and the test part is not read. The log is the table "what was tried" of a
notebook: notebooks/logs/<architecture>.csv for IMDB, notebooks/logs/<data set>.csv for other data.
"""

import argparse
import json
import sys

import pandas as pd

from lib import data, evaluation, models, paths, training

VALIDATION = {"imdb": "other films", "emotions": "the official part"}
VALIDATION |= {"newsgroups": "later posts", "tweets": "the latest tenth"}


def main() -> int:
    parser = argparse.ArgumentParser(description="Try a variant on validation.")
    parser.add_argument("architecture")
    parser.add_argument("change", help="what is new in this variant, in a few words")
    parser.add_argument("--options", type=json.loads, default={}, help="of models.build, JSON")
    parser.add_argument("--training", type=json.loads, default={}, help="of training.fit, JSON")
    parser.add_argument("--data", default="imdb", help="a data set that lib.data knows")
    asked = parser.parse_args()
    dataset = data.load(asked.data)
    model = models.build(asked.architecture, dataset, **asked.options)
    history = training.fit(model, dataset, name="search", reuse=False, **asked.training)
    history.clear()
    record = history.record
    validation = dataset.validation
    figures = evaluation.evaluate(validation.labels, model.predict_proba(validation.texts))
    family = asked.data.split("_")[0]  # variants of one data set share a log
    line = {
        "change": asked.change,
        "options": json.dumps(asked.options | asked.training),
        "validated on": "synthetic" if dataset.synthetic else VALIDATION.get(family, "a tenth"),
        "validation accuracy": round(figures["accuracy"], 5),
        "validation cross-entropy": round(figures["loss"], 5),
        "best epoch": record.get("best_epoch"),
        "of": record.get("epochs"),
        "seconds": record["seconds"],
    }
    if asked.data == "imdb":
        log = paths.NOTEBOOKS / "logs" / f"{asked.architecture}.csv"
    else:  # classes of unequal size
        line = {"data": asked.data, "architecture": asked.architecture} | line
        line |= {f"validation {name}": round(figures[name], 5) for name in ("recall", "f1")}
        log = paths.NOTEBOOKS / "logs" / f"{family}.csv"
    log.parent.mkdir(exist_ok=True)
    table = pd.DataFrame([line])
    if log.exists():  # its older lines stay as they are, and may have other columns
        table = pd.concat([pd.read_csv(log, dtype=str), table])
    table.to_csv(log, index=False)
    print(json.dumps(line, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
