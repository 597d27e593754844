"""Print the comparison table, or write what is generated into the README.

python tools/report.py            # print the table of the current profile
python tools/report.py --write    # README.md and docs/accuracy.png, from models/*/*.json
python tools/report.py --check    # exit 1 if what is generated in the README is stale
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import nbformat
import pandas as pd

from lib import evaluation, paths

FIGURE = paths.ROOT / "docs" / "accuracy.png"
FORMS = {  # of the README's columns, by those of the results table
    "F1": ("F1", "{:.4f}"),
    "AUC": ("AUC", "{:.4f}"),
    "log loss": ("log loss", "{:.4f}"),
    "parameters": ("parameters", "{:,.0f}"),
    "file": ("file MB", "{:.2g} MB"),
    "training": ("training s", "{:,.0f} s"),
    "texts/s": ("texts/s", "{:,.0f}"),
}


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
    fresh = between(readme, "results", markdown_table(runs))
    fresh = between(fresh, "choices", markdown_choices(runs))
    fresh = between(fresh, "seeds", markdown_seeds(runs))
    fresh = between(fresh, "notebooks", markdown_notebooks())
    if options.check:
        print(
            "README.md is stale; run `make report`." if fresh != readme else "README.md is fresh."
        )
        return int(fresh != readme)
    paths.README.write_text(fresh, encoding="utf-8")
    draw_figure(runs)
    print(f"Wrote {paths.README.name} and {FIGURE.relative_to(paths.ROOT)}.")
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


def markdown_table(runs: Sequence[evaluation.Result]) -> str:
    """Return the README's table: ours with 95 % intervals, the coursework's figures beside them.

    Bold are the models that can't be told apart from the most accurate, the majority class never.
    """
    table = evaluation.beside_published(runs)  # ours come first, in the order of the runs
    bold = evaluation.winners(runs)["accuracy"].reindex(table.index, fill_value=False)
    sizes = {run.metrics["dataset"]: run.metrics["data"]["n_test"] for run in runs}
    rows = []
    for dataset in sorted(sizes, key=lambda name: (name != "imdb", name)):
        rows.append({"model": f"***{dataset}***, {sizes[dataset]:,} test texts"})
        here = table["dataset"] == dataset
        for row, best in zip(table[here].to_dict("records"), bold[here], strict=True):
            mark = "**" if best else ""
            accuracy = shown(row["accuracy"], f"{mark}{{:.4f}}{mark}")
            interval = shown(row["low"], " ({:.4f}–") + shown(row["high"], "{:.4f})")
            cells = {"model": f"{mark}{row['model']}{mark}", "accuracy (95 %)": accuracy + interval}
            cells |= {column: shown(row[name], form) for column, (name, form) in FORMS.items()}
            of = shown(row["n_test"], ", of {:,.0f}")
            cells["coursework, of test texts"] = shown(row["coursework"], "{:.4f}") + of
            rows.append(cells)
    return markdown(pd.DataFrame(rows).fillna(""))


def shown(value: float | None, form: str) -> str:
    """Return a number in its form, or nothing where there is none."""
    return "" if pd.isna(value) else form.format(value)


def markdown(table: pd.DataFrame) -> str:
    """Return a table as Markdown, its cells as they are."""
    return table.to_markdown(index=False, disable_numparse=True)


def markdown_choices(runs: Sequence[evaluation.Result]) -> str:
    """Return which model to choose on IMDB, by need."""
    choices = evaluation.choices([run for run in runs if run.metrics["dataset"] == "imdb"])
    return markdown(choices.set_axis(["you want the", "choose", "because"], axis=1))


def markdown_seeds(runs: Sequence[evaluation.Result]) -> str:
    """Return test accuracy over seeds, for each network whose recipe was trained again."""
    spread = evaluation.spread(runs)
    form = "{:.4f}".format
    return markdown(
        pd.DataFrame(
            {
                "model": spread["model"],
                "seeds": spread["seeds"].astype(str),
                "mean": spread["mean"].map(form),
                "lowest–highest": spread["lowest"].map(form) + "–" + spread["highest"].map(form),
                "published": spread["published"].map(form),
            }
        )
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
    ax = plots.accuracy_dots(table[~(table["accuracy"] <= 0.6)], other="coursework")
    ax.set_title("IMDB, official test part: accuracy with 95 % interval")
    FIGURE.parent.mkdir(exist_ok=True)
    ax.figure.savefig(FIGURE, dpi=120)


if __name__ == "__main__":
    sys.exit(main())
