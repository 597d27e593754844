"""Print the comparison table, or write what is generated: parts of the README and docs/results.md.

python tools/report.py            # print the table of the current profile
python tools/report.py --write    # README.md, docs/results.md, docs/accuracy.png
python tools/report.py --check    # exit 1 if README.md or docs/results.md is stale
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import nbformat
import pandas as pd
from tables import duration, markdown, markdown_generations, results_page

from lib import evaluation, paths

FIGURE = paths.ROOT / "docs" / "accuracy.png"
LEFT = 0.78  # where the figure's axis begins, so that intervals can be read
RESULTS = paths.ROOT / "docs" / "results.md"
FIRST_STEPS = paths.ROOT / "docs" / "first_steps.json"  # what tools/first_steps.py has measured


def main() -> int:
    parser = argparse.ArgumentParser(description="The comparison table.")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    runs, problems = evaluation.load_all()
    for problem in problems:
        print(problem, file=sys.stderr)
    if not runs:
        print(f"No results in {paths.models_root()}.")
        return 1
    if not (options.write or options.check):
        print(plain_table(runs))
        return 0
    readme = paths.README.read_text(encoding="utf-8")
    fresh = between(readme, "results", markdown_generations(runs))
    fresh = between(fresh, "machine", machine(runs))
    fresh = between(fresh, "steps", markdown_first_steps())
    fresh = between(fresh, "notebooks", markdown_notebooks())
    written = {paths.README: fresh, RESULTS: results_page(runs)}
    if options.check:
        there = {p: p.read_text(encoding="utf-8") if p.exists() else "" for p in written}
        stale = [path.name for path in written if there[path] != written[path]]
        print(f"Stale: {', '.join(stale)}; run `make report`." if stale else "All is fresh.")
        return int(bool(stale))
    for path, content in written.items():
        path.write_text(content, encoding="utf-8")
    draw_figure(runs)
    print(f"Wrote README.md, {RESULTS.name} and {FIGURE.name}.")
    return 0


def between(readme: str, name: str, content: str) -> str:
    """Return the README with other content between the marks of that name."""
    marks = re.compile(rf"(<!-- {name}: start -->\n).*?(<!-- {name}: end -->)", re.DOTALL)
    return marks.sub(lambda found: f"{found[1]}{content}\n{found[2]}", readme)


def plain_table(runs: Sequence[evaluation.Result]) -> str:
    """Return the table for a terminal; says *synthetic* if it is."""
    table = evaluation.table(runs)
    columns = ["dataset", "model", "accuracy", "F1", "AUC", "log loss", "training s", "texts/s"]
    head = "synthetic data: these numbers are no results\n" if table["synthetic"].any() else ""
    return head + table[columns].to_string(index=False, float_format="{:.3f}".format, na_rep="")


def machine(runs: Sequence[evaluation.Result]) -> str:
    """Say on what the published models and their variants were trained, and how long it took."""
    where = [run.metrics["environment"] for run in runs]
    cpus = Counter(m["cpu"] for m in where).most_common()
    versions = {key: sorted({m[key] for m in where}) for key in ("python", "tensorflow", "keras")}
    took = {"scratch": 0.0, "encoder": 0.0, "ensemble": 0.0}  # an ensemble's are its members' again
    for run in runs:
        kind = run.metrics["model"].get("architecture")
        took[kind if kind in took else "scratch"] += run.metrics["training"]["seconds"]
    memory = max(run.metrics["training"].get("peak_memory_mb") or 0 for run in runs)
    variants = sum(
        json.loads(path.read_text(encoding="utf-8"))["training"]["seconds"]
        for path in paths.models_root().glob("*/steps/*.json")
    )
    listed = ", ".join(f"{key} {' and '.join(found)}" for key, found in versions.items())
    return (
        f"Trained on {' and '.join(f'{cpu} ({count} models)' for cpu, count in cpus)}, "
        f"without a GPU: {duration(took['scratch'])} for the "
        f"published models of all tasks from scratch, {duration(took['encoder'])} for those on a "
        f"pretrained encoder, {duration(variants)} for variants and other seeds; teachers and the "
        "searches of 17_tuning come on top. No notebook's process held more than "
        f"{memory / 1000:.1f} GB when a model was published. "
        f"Versions: {listed}; `requirements.lock` has the others."
    )


def markdown_first_steps() -> str:
    """Return what the first commands take, as `tools/first_steps.py` has measured it."""
    if not FIRST_STEPS.exists():
        return "Not measured yet; `make first-steps` does it."
    measured = json.loads(FIRST_STEPS.read_text(encoding="utf-8"))
    rows = [
        {
            "command": f"`{step['command']}`",
            "what it does": step["what"],
            "time": duration(step["seconds"]),
            "memory": f"{step['memory_gb']:.1f} GB",
        }
        for step in measured["steps"]
    ]
    return (
        markdown(pd.DataFrame(rows))
        + f"\n\nMeasured on {measured['cpu']}; the folder then takes {measured['disk_gb']:.1f} GB. "
        "Memory is that of the largest process; demo and tests run two side by side, so have twice "
        "that free."
    )


def markdown_notebooks() -> str:
    """Return the list of notebooks, each with its question: the first bold words in it."""
    rows = []
    for path in sorted(paths.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")):
        first = nbformat.read(path, as_version=4).cells[0].source
        question = re.search(r"\*\*(.+?)\*\*", first, re.DOTALL)[1].replace("\n", " ")
        rows.append((f"[{path.stem}](notebooks/{path.name})", question))
    return markdown(pd.DataFrame(rows, columns=["notebook", "question"]))


def draw_figure(runs: Sequence[evaluation.Result]) -> None:
    """Draw the README's figure."""
    import matplotlib

    matplotlib.use("Agg")
    from lib import plots

    plots.style()
    table = evaluation.beside_published(runs).query("dataset == 'imdb'")
    weak = table[(table["accuracy"] <= LEFT) & (table["name"] != "majority")]["model"]
    table = table[~(table["accuracy"] <= LEFT)]
    ax = plots.accuracy_dots(table, other="coursework")
    ax.containers[-1].set_label("this project")
    ax.set(xlim=(LEFT, None), xlabel=f"accuracy (not shown, below {LEFT}: {', '.join(weak)})")
    theirs = table.set_index("model")["coursework"]
    for at, name in enumerate(label.get_text() for label in ax.get_yticklabels()):
        if theirs[name] < LEFT:
            ax.annotate(f" ◂ {theirs[name]:.3f}", (LEFT, at), va="center", fontsize="small")
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.08), fontsize="small", ncols=2)
    ax.set_title("IMDB, official test part: accuracy with 95 % interval")
    FIGURE.parent.mkdir(exist_ok=True)
    ax.figure.savefig(FIGURE, dpi=120)


if __name__ == "__main__":
    sys.exit(main())
