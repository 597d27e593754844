"""Make notebooks of the drafts in notebooks/drafts, written in jupytext's percent format.

    python tools/build_notebook.py 04_rnn    # writes notebooks/04_rnn.ipynb, not yet run

The text of `evaluation.say` blocks is wrapped, the set-up cell is filled in, and what the tests of
notebooks would refuse is printed.
"""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import jupytext
import nbformat
from setup_cell import SETUP

from lib import paths

DRAFTS = paths.NOTEBOOKS / "drafts"
WIDTH = 88
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def wrapped(source: str) -> str:
    """Return a cell's source with the text of its `say` blocks wrapped, expressions kept whole."""
    lines, block = [], None
    for line in source.split("\n"):
        if block is None:
            lines.append(line)
            if re.search(r'say\(f?"""$', line):
                block, indent = [], re.match(" *", line)[0] + "    "
        elif line.strip() == '""")':
            for paragraph in "\n".join(part.strip() for part in block).split("\n\n"):
                if re.match(r"[-|] |\d\. ", paragraph):  # a list or a table
                    lines += [indent + part for part in paragraph.split("\n")]
                else:
                    whole = re.sub(r"\{[^{}]*\}", lambda m: m[0].replace(" ", "\0"), paragraph)
                    folded = textwrap.wrap(
                        whole,
                        WIDTH - 1 - len(indent),
                        break_long_words=False,
                        break_on_hyphens=False,
                    )
                    lines += [indent + part.replace("\0", " ") for part in folded]
                lines.append("")
            lines[-1] = line
            block = None
        else:
            block.append(line)
    return "\n".join(lines)


def problems(notebook) -> list[str]:
    """Return what the tests of notebooks would refuse."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or "setup" in cell.metadata.get("tags", []):
            continue
        lines = cell.source.splitlines()
        if len(lines) > 25:
            found.append(f"a cell of {len(lines)} lines: {lines[0]}")
        found += [f"a line of {len(line)}: {line}" for line in lines if len(line) > WIDTH]
        if "plt.show()" in cell.source and "alt" not in cell.metadata:
            found.append(f"a figure without alt text: {lines[0]}")
    return found


def main() -> None:
    for name in sys.argv[1:]:
        notebook = jupytext.reads((DRAFTS / f"{name}.py").read_text(), fmt="py:percent")
        for cell in notebook.cells:
            if "setup" in cell.metadata.get("tags", []):
                cell.source = SETUP
            elif cell.cell_type == "code":
                cell.source = wrapped(cell.source)
        notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
        path = paths.NOTEBOOKS / f"{name}.ipynb"
        nbformat.write(notebook, path)
        ruff = str(Path(sys.executable).with_name("ruff"))
        subprocess.run([ruff, "format", "--quiet", str(path)], check=True)
        print(path, *problems(nbformat.read(path, as_version=4)), sep="\n  ")


if __name__ == "__main__":
    main()
