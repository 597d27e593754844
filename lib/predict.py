"""Predict from the shell with the saved models.

python -m lib.predict "I fell asleep halfway through."
python -m lib.predict --model tweets "So happy for you :-)"
python -m lib.predict --model imdb/lstm --file reviews.csv --output answers.csv
"""

import argparse
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from lib import classifier as classifiers
from lib import explain, paths

CHUNK = 1000  # rows of a CSV file held in memory at a time
SHOWN = 8  # words in an explanation
DEFAULT = "imdb"  # whose models are asked if none is named


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status, 2 after an error said in one line."""
    parser = argparse.ArgumentParser(
        prog="python -m lib.predict", description="Class probabilities from the saved models."
    )
    parser.add_argument("texts", nargs="*", help="texts to classify")
    parser.add_argument(
        "--model",
        action="append",
        help="imdb/lstm, all of a data set such as tweets, or a .keras file (default: imdb)",
    )
    parser.add_argument("--file", type=Path, help="a CSV file of texts, read in pieces")
    parser.add_argument("--column", default="text", help="its column of texts (default: text)")
    parser.add_argument("--output", type=Path, help="CSV to write (default: FILE.predictions.csv)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--explain", action="store_true", help="also the words that moved each model's answer"
    )
    options = parser.parse_args(arguments)
    if bool(options.texts) == bool(options.file):
        parser.error("give texts, or --file with a CSV file")
    if options.explain and (options.file or options.json):
        parser.error("--explain goes with texts and the printed table")
    warnings.showwarning = lambda message, *_, **__: print(f"Note: {message}", file=sys.stderr)
    try:
        models = {name: classifiers.load(path) for name, path in _chosen(options.model).items()}
        if options.file:
            output = options.output or options.file.with_suffix(".predictions.csv")
            _predict_file(models, options.file, options.column, output)
        else:
            answers = {name: model.predict_proba(options.texts) for name, model in models.items()}
            _print(models, options.texts, answers, as_json=options.json)
            if options.explain:
                _explain(models, options.texts, answers)
    except (classifiers.ModelFileError, ValueError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    return 0


def shipped() -> dict[str, Path]:
    """Return the saved models of the profile as `dataset/name`, with their files."""
    files = sorted(paths.models_root().glob("*/*.keras"))
    files = [file for file in files if not file.name.startswith(".")]
    return {f"{file.parent.name}/{file.stem}": file for file in files}


def _chosen(names: list[str] | None) -> dict[str, Path]:
    available = shipped()
    if not available and not names:
        raise ValueError(f"No models in {paths.models_root()}; `make notebooks` trains them.")
    chosen = {}
    for name in names or [DEFAULT]:
        of_task = {n: path for n, path in available.items() if name in (n, n.split("/")[0])}
        if not of_task and not name.endswith(".keras"):
            raise ValueError(f"No model {name!r}; there are: {', '.join(available) or 'none'}.")
        chosen |= of_task or {name: Path(name)}
    return chosen


def _print(models: dict, texts: list[str], answers: dict, *, as_json: bool) -> None:
    if as_json:
        listed = [
            {
                "text": text,
                "model": name,
                "probabilities": {
                    label: round(float(p), 6)
                    for label, p in zip(models[name].label_names, answers[name][i], strict=True)
                },
            }
            for i, text in enumerate(texts)
            for name in models
        ]
        print(json.dumps(listed, indent=1, ensure_ascii=False))
        return
    for i, text in enumerate(texts):
        print(f"\n{text}")
        for labels in dict.fromkeys(model.label_names for model in models.values()):
            rows = {n: answers[n][i] for n, model in models.items() if model.label_names == labels}
            table = pd.DataFrame(rows, index=list(labels)).T
            table["answer"] = table.idxmax(axis=1)
            print(table.to_string(float_format="{:.4f}".format))


def _explain(models: dict, texts: list[str], answers: dict) -> None:
    """Print, by text and model, the words that speak most for and against its answer."""
    for i, text in enumerate(texts):
        print(f"\n{text}\nlog-odds that each word adds to the answer:")
        for name, model in models.items():
            label = int(answers[name][i].argmax())
            words, effects = explain.occlusion(model, text, label=label)
            strongest = np.argsort(-np.abs(effects))[:SHOWN]
            said = [f"{words[at]} {effects[at]:+.2f}" for at in sorted(strongest)]
            print(f"{name}, {model.label_names[label]}: {', '.join(said)}")


def _predict_file(models: dict, path: Path, column: str, output: Path) -> None:
    """Stream a CSV file through the models: an answer and its probability for each, per row.

    Raises:
        ValueError: no such file or column, not UTF-8, or not CSV.
    """
    done = skipped = 0
    bar = tqdm(desc=f"Predicting {path.name}", unit=" texts")
    try:
        with paths.written_whole(output) as partial, bar:
            for chunk in pd.read_csv(path, chunksize=CHUNK, dtype=str, encoding="utf-8"):
                if column not in chunk:
                    raise ValueError(f"{path} has no column {column!r}; it has {list(chunk)}.")
                usable = chunk[column].fillna("").str.strip() != ""
                texts = chunk.loc[usable, column].tolist()
                for name, model in models.items():
                    proba = model.predict_proba(texts) if texts else np.zeros((0, 2))
                    best = proba.argmax(axis=1)
                    chunk.loc[usable, name] = [model.label_names[b] for b in best]
                    chunk.loc[usable, f"{name} probability"] = proba.max(axis=1).round(6)
                chunk.to_csv(partial, index=False, mode="w" if not done else "a", header=not done)
                done += len(chunk)
                skipped += int((~usable).sum())
                bar.update(len(chunk))
            if not done:
                raise ValueError(f"{path} has no rows.")
    except FileNotFoundError as error:
        raise ValueError(f"There is no file {error.filename}.") from error
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} can't be read as UTF-8 CSV ({error}).") from error
    print(f"{done - skipped:,} texts answered, {skipped:,} empty ones left out: {output}")


if __name__ == "__main__":
    sys.exit(main())
