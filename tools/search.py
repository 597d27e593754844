"""Train one variant of an architecture, look at validation only, and add a line to its log.

    python tools/search.py lstm "wider" --options '{"units": 128}' --training '{"epochs": 6}'

Nothing is published and the test part is not read. The log is the table "what was tried" of a
notebook: notebooks/logs/<architecture>.csv for IMDB, notebooks/logs/<data set>.csv for other data.
"""

import argparse
import csv
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib import data, evaluation, features, paths, recipes, training

VALIDATION = {"imdb": "other films", "emotions": "the official part", "newsgroups": "later posts"}


def main() -> int:
    parser = argparse.ArgumentParser(description="Try a variant on validation.")
    parser.add_argument("architecture")
    parser.add_argument("change", help="what is new in this variant, in a few words")
    parser.add_argument("--options", type=json.loads, default={}, help="of the architecture, JSON")
    parser.add_argument("--text", type=json.loads, default={}, help="of the vectorizer, JSON")
    parser.add_argument("--training", type=json.loads, default={}, help="of train(), JSON")
    parser.add_argument("--data", default="imdb", help="a data set that lib.data knows")
    asked = parser.parse_args()
    dataset = data.load(asked.data)
    parts = {"text": asked.text, "options": asked.options}
    if asked.architecture == "ffnn":
        model = recipes.bag_classifier(dataset, **parts)
    elif asked.architecture == "encoder":
        model = recipes.encoder_classifier(dataset, asked.options["pretrained"], **parts)
    else:
        model = recipes.sequence_classifier(dataset, asked.architecture, **parts)
    name = f"search-{os.getpid()}"
    seed = asked.options.get("seed", 0)
    trained = features.for_training(model)
    run = training.train(trained, dataset, name=name, seed=seed, verbose=2, **asked.training)
    best = run["best_epoch"] - 1
    seconds = run["seconds_per_epoch"]
    family = asked.data.split("_")[0]  # variants of one data set share a log
    line = {
        "change": asked.change,
        "options": json.dumps({**asked.options, **asked.text, **asked.training}),
        "validated on": "synthetic" if dataset.synthetic else VALIDATION.get(family, "a tenth"),
        "validation accuracy": run["history"]["val_accuracy"][best],
        "validation loss": run["history"]["val_loss"][best],
        "best epoch": best + 1,
        "of": run["epochs"],
        "seconds per epoch": round(sum(seconds) / len(seconds)),
    }
    name = asked.architecture
    if asked.data != "imdb":  # classes of unequal size
        proba = model.predict_proba(dataset.validation.texts)
        found = evaluation.evaluate(dataset.validation.labels, proba)
        line |= {f"validation {measure}": found[measure] for measure in ("recall", "f1")}
        line = {"data": asked.data, "architecture": asked.architecture} | line
        name = family
    log = paths.NOTEBOOKS / "logs" / f"{name}.csv"
    log.parent.mkdir(exist_ok=True)
    new = not log.exists()
    with log.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=line, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(line)
    print(json.dumps(line, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
