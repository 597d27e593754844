"""Predict from the shell with the saved models.

python -m lib.predict --model imdb/lstm "I fell asleep halfway through."
python -m lib.predict --model imdb/lstm --file reviews.csv --output answers.csv
python -m lib.predict --model build/exported/full/imdb/lstm --file reviews/ --jobs 4
"""

import argparse
import difflib
import functools
import json
import sys
import warnings
from pathlib import Path

from lib import paths
from lib.data.dataset import DataError
from lib.progress import progress_bar
from lib.serve import ExportError, Runtime, exported, stream

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
        help="imdb/lstm, all of a data set such as tweets, a .keras file, or the folder of an "
        "exported model, which needs no TensorFlow (default: imdb)",
    )
    parser.add_argument("--file", type=Path, help="a CSV or Parquet file of texts, or a folder")
    parser.add_argument("--column", default="text", help="of texts, in the file (default: text)")
    parser.add_argument("--encoding", default="utf-8", help="of the file (default: utf-8)")
    parser.add_argument("--output", type=Path, help="default: FILE.predictions.csv and the like")
    parser.add_argument("--jobs", type=int, default=1, help="processes for a file (default: 1)")
    parser.add_argument("--ray", action="store_true", help="a file on the Ray cluster RAY_ADDRESS")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--explain", action="store_true", help="and the words that moved answers")
    options = parser.parse_args(arguments)
    if bool(options.texts) == bool(options.file):
        parser.error("give either texts or --file")
    if options.ray and not options.file:
        parser.error("--ray goes with --file")
    if options.explain and (options.file or options.json):
        parser.error("--explain goes with texts and the printed table")
    warnings.showwarning = lambda message, *_, **__: print(f"Note: {message}", file=sys.stderr)
    try:
        if options.file:
            suffix = f".predictions{'' if options.ray else options.file.suffix}"
            output = options.output or options.file.with_suffix(suffix)
            if options.ray:
                _predict_on_cluster(options, output)
                return 0
            answered, without = stream.predict(
                functools.partial(_load, options.model),
                _state(options.model),
                options.file,
                output,
                column=options.column,
                encoding=options.encoding,
                jobs=options.jobs,
            )
            print(f"{answered:,} texts answered, {without:,} empty ones left out: {output}")
        else:
            models = _load(options.model)
            answers = {name: model.predict_proba(options.texts) for name, model in models.items()}
            (_print_json if options.json else _print_tables)(models, options.texts, answers)
            if options.explain:
                _explain(models, options.texts, answers)
    except (DataError, ExportError, ValueError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    return 0


def shipped() -> dict[str, Path]:
    """Return the saved models of the profile as `dataset/name`, with their files."""
    files = sorted(paths.models_root().glob("*/[!.]*.keras"))
    return {f"{file.parent.name}/{file.stem}": file for file in files}


def _state(names: list[str] | None) -> list[str]:
    """Return what is asked for with the times of its files, by which a run is known again."""
    root, state = paths.models_root(), []
    for name in names or [DEFAULT]:
        files = [root / f"{name}.keras", Path(name), Path(name) / "model.json"]
        files += (root / name).glob("[!.]*.keras")
        times = [f"{f.name} {f.stat().st_mtime_ns}" for f in sorted(files) if f.is_file()]
        state += [name, *times]
    return state


def _load(names: list[str] | None) -> dict:
    """Load the models asked for, by name.

    One of several that can't be loaded, as when its encoder isn't installed, is left out with a
    note; one that was asked for by its own name is an error.
    """
    available, files, needed, models = shipped(), {}, set(), {}
    if not available and not names:
        raise ValueError(f"No models in {paths.models_root()}; `make notebooks` trains them.")
    for name in names or [DEFAULT]:
        group = {n: path for n, path in available.items() if n.split("/")[0] == name}
        if (Path(name) / "model.json").exists():
            runtime = Runtime(name)
            models[runtime.name or name] = runtime
            continue
        if not group and name not in available and not name.endswith(".keras"):
            raise ValueError(_unknown(name, available))
        if not group:
            group = {name: available.get(name, Path(name))}
            needed.add(name)
        files |= group
    if not files:
        return models
    from lib.models import ModelFileError, load  # here: TensorFlow takes seconds to start

    problems = []
    for name, file in progress_bar(files.items(), desc="Loading", unit=" models", delay=2):
        try:
            models[name] = load(file)
        except ModelFileError as error:
            if name in needed:
                raise ValueError(str(error)) from error
            problems.append(f"{name} is left out. {error}")
    if not models:
        raise ValueError(problems[0])
    for problem in problems:
        print(f"Note: {problem}", file=sys.stderr)
    return models


def _unknown(name: str, available: dict) -> str:
    """Say what there is instead of a model: itself without a file, those of like names, or all."""
    if (paths.models_root() / f"{name}.json").exists():
        return f"Of {name} there are the figures, but no file; its notebook makes it."
    groups = dict.fromkeys(other.split("/")[0] for other in available)
    there = difflib.get_close_matches(name.lower(), [*available, *groups], n=3) or groups
    return f"No model {name!r}; there are: {', '.join(there) or 'none'}."


def _print_json(models: dict, texts: list[str], answers: dict) -> None:
    listed = []
    for i, text in enumerate(texts):
        for name, model in models.items():
            rounded = answers[name][i].astype("float64").round(6).tolist()
            by_label = dict(zip(model.label_names, rounded, strict=True))
            listed.append({"text": text, "model": name, "probabilities": by_label})
    print(json.dumps(listed, indent=1, ensure_ascii=False))


def _print_tables(models: dict, texts: list[str], answers: dict) -> None:
    """Print, by text, a table for the models of each set of labels."""
    import pandas as pd

    for i, text in enumerate(texts):
        print(f"\n{text}")
        for labels in dict.fromkeys(model.label_names for model in models.values()):
            rows = {n: answers[n][i] for n, model in models.items() if model.label_names == labels}
            table = pd.DataFrame(rows, index=list(labels)).T
            table["answer"] = table.idxmax(axis=1)
            print(table.to_string(float_format="{:.4f}".format))


def _explain(models: dict, texts: list[str], answers: dict) -> None:
    """Print, by text and model, the words that speak most for and against its answer."""
    from lib.evaluation import explain

    for i, text in enumerate(texts):
        print(f"\n{text}\nlog-odds that each word adds to the answer:")
        for name, model in models.items():
            label = int(answers[name][i].argmax())
            words, effects = explain.occlusion(model, text, label=label)
            strongest = sorted((-abs(effects)).argsort()[:SHOWN])
            shown = [f"{words[at]} {effects[at]:+.2f}" for at in strongest]
            print(f"{name}, {model.label_names[label]}: {', '.join(shown)}")


def _predict_on_cluster(options: argparse.Namespace, output: Path) -> None:
    """Answer a file on a Ray cluster with one exported model, which is made if it isn't there."""
    from lib.serve import cluster

    if len(options.model or []) != 1:
        raise ValueError("--ray needs one --model, such as imdb/ffnn.")
    name = options.model[0]
    folder = exported.find(name)
    named = {"name": Runtime(folder).name or name, "column": options.column}
    named["encoding"] = options.encoding
    cluster.predict(folder, options.file, output, actors=max(2, options.jobs), **named)
    print(f"All rows are answered: {output}")


if __name__ == "__main__":
    sys.exit(main())
