"""Print the comparison table, or write it and the figure into the README.

python tools/report.py            # print the table of the current profile
python tools/report.py --write    # README.md and docs/accuracy.png, from models/*/*.json
python tools/report.py --check    # exit 1 if the README's table is stale
"""

import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pandas as pd

from lib import comparison, paths, repeats, results

FIGURE = paths.ROOT / "docs" / "accuracy.png"


def main() -> int:
    parser = argparse.ArgumentParser(description="The comparison table.")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    found, problems = results.load_all()
    for problem in problems:
        print(problem, file=sys.stderr)
    if not found:
        print(f"No results in {paths.models_root()}.")
        return 1
    if not (options.write or options.check):
        print(plain_table(found))
        return 0
    readme = paths.README.read_text(encoding="utf-8")
    fresh = between(readme, "results", markdown_table(found))
    fresh = between(fresh, "choices", markdown_choices(found))
    fresh = between(fresh, "seeds", markdown_seeds(found))
    if options.check:
        print(
            "README.md is stale; run `make report`." if fresh != readme else "README.md is fresh."
        )
        return int(fresh != readme)
    paths.README.write_text(fresh, encoding="utf-8")
    draw_figure(found)
    print(f"Wrote {paths.README.name} and {FIGURE.relative_to(paths.ROOT)}.")
    return 0


def between(readme: str, name: str, content: str) -> str:
    """Return the README with other content between the marks of that name."""
    marks = re.compile(rf"(<!-- {name}: start -->\n).*?(<!-- {name}: end -->)", re.DOTALL)
    return marks.sub(lambda found: found[1] + content + found[2], readme)


def plain_table(found: list[results.Result]) -> str:
    """Return the table for a terminal; says *synthetic* if it is."""
    table = results.table(found)
    columns = ["dataset", "model", "accuracy", "F1", "AUC", "log loss", "training s", "texts/s"]
    head = "synthetic data: these numbers are no results\n" if table["synthetic"].any() else ""
    return head + table[columns].to_string(index=False, float_format="{:.3f}".format, na_rep="")


def markdown_table(found: list[results.Result]) -> str:
    """Return the README's table: ours with 95 % intervals, the coursework's row beside it."""
    lines = [
        "| model | accuracy (95 %) | F1 | AUC | log loss | parameters | file | training | texts/s "
        "| coursework, of test texts |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    table = results.beside_published(found)
    table = table.sort_values("dataset", key=lambda names: names != "imdb", kind="stable")
    sizes = {r.metrics["dataset"]: r.metrics["data"]["n_test"] for r in found}
    for dataset, rows in table.groupby("dataset", sort=False):
        lines.append(f"| ***{dataset}***, {sizes[dataset]:,} test texts |" + " |" * 9)
        for row in rows.to_dict("records"):
            best = "**" if row["accuracy"] == rows["accuracy"].max() else ""
            cells = [
                f"{best}{row['model']}{best}",
                f"{best}{row['accuracy']:.4f}{best} ({row['low']:.4f}–{row['high']:.4f})",
                *(f"{row[metric]:.4f}" for metric in ("F1", "AUC", "log loss")),
                shown(row["parameters"], "{:,.0f}"),
                shown(row["file MB"], "{:.2g} MB"),
                shown(row["training s"], "{:,.0f} s"),
                shown(row["texts/s"], "{:,.0f}"),
                shown(row["coursework"], "{:.4f}") + shown(row["n_test"], ", of {:,.0f}"),
            ]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def markdown_choices(found: list[results.Result]) -> str:
    """Return which model to choose on IMDB, by need."""
    table = results.table(found).query("dataset == 'imdb' and name != 'majority'")
    lines = ["| you want the | choose | because |", "|---|---|---|"]
    for row in comparison.choices(table).to_dict("records"):
        lines.append(f"| {row['need']} | {row['model']} | {row['figure']} |")
    return "\n".join(lines) + "\n"


def markdown_seeds(found: list[results.Result]) -> str:
    """Return test accuracy over seeds, for each network whose recipe was trained again."""
    lines = ["| model | seeds | mean | lowest–highest | published |", "|---|---|---|---|---|"]
    for row in repeats.spread(found).to_dict("records"):
        span = f"{row['lowest']:.4f}–{row['highest']:.4f}"
        accuracies = f"{row['mean']:.4f} | {span} | {row['published']:.4f}"
        lines.append(f"| {row['model']} | {row['seeds']} | {accuracies} |")
    return "\n".join(lines) + "\n"


def shown(value: float | None, form: str) -> str:
    """Return a number in its form, or nothing where there is none."""
    return "" if pd.isna(value) else form.format(value)


def draw_figure(found: list[results.Result]) -> None:
    """Draw the README's figure."""
    import matplotlib

    matplotlib.use("Agg")
    from lib import plots

    plots.style()
    table = results.beside_published(found).query("dataset == 'imdb'")
    ax = plots.accuracy_dots(table[table["accuracy"] > 0.6], other="coursework")
    ax.set_title("IMDB, official test part: accuracy with 95 % interval")
    FIGURE.parent.mkdir(exist_ok=True)
    ax.figure.savefig(FIGURE, dpi=120)


if __name__ == "__main__":
    sys.exit(main())
