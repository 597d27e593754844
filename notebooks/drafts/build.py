"""Scratch: percent .py -> .ipynb in notebooks/; wraps the text of say blocks at 88 columns."""
import re, sys, pathlib, subprocess, textwrap, jupytext, nbformat
sys.path.insert(0, "/work/main/tools"); sys.path.insert(0,"/work/main")
from setup_cell import SETUP

def wrap(source):
    out, block, indent = [], None, ""
    for line in source.split("\n"):
        if block is None:
            out.append(line)
            if re.search(r'say\(f?"""$', line): block, indent = [], re.match(" *", line)[0]
        elif line.strip() == '""")':
            paragraphs = "\n".join(l.strip() for l in block).split("\n\n")
            for i, p in enumerate(paragraphs):
                if re.match(r"[-*|] |\d\. ", p): kept = p.split("\n"); width = None
                guard = re.sub(r"\{[^{}]*\}", lambda m: m[0].replace(" ", "\x00"), p.replace("\n", " ")) if not re.match(r"[-|] |\d\. ", p) else None
                lines = textwrap.wrap(guard, 87 - len(indent) - 4, break_long_words=False, break_on_hyphens=False) if guard is not None else p.split("\n")
                out += [indent + "    " + l.replace("\x00", " ") for l in lines]
                if i < len(paragraphs) - 1: out.append("")
            out.append(line); block = None
        else: block.append(line)
    return "\n".join(out)

for name in sys.argv[1:]:
    src = pathlib.Path(f"/work/main/build/scratch/nb/{name}.py").read_text()
    nb = jupytext.reads(src, fmt="py:percent")
    for c in nb.cells:
        if "setup" in c.metadata.get("tags", []): c.source = SETUP
        elif c.cell_type == "code": c.source = wrap(c.source)
    nb.metadata = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    out = pathlib.Path(f"/work/main/notebooks/{name}.ipynb")
    if out.exists():  # keep ids and outputs of equal cells' order
        before = nbformat.read(out, 4)
        old = {(c.cell_type, c.source): c.id for c in before.cells}
        for c in nb.cells: c.id = old.pop((c.cell_type, c.source), c.id)
    nbformat.validate(nb); nbformat.write(nb, out)
    subprocess.run([".venv/bin/ruff", "format", "-q", "--line-length", "88", str(out)], cwd="/work/main")
    subprocess.run([".venv/bin/ruff", "check", "-q", "--line-length", "88", str(out)], cwd="/work/main")
    nb = nbformat.read(out, 4)
    code = [c for c in nb.cells if c.cell_type == "code"]
    for c in code:
        n = len(c.source.splitlines())
        if n > 25: print("LONG CELL", n, c.source[:60])
        for l in c.source.splitlines():
            if len(l) > 88: print("LONG LINE", len(l), l[:80])
        if ("plt.show()" in c.source or "plots." in c.source) and "alt" not in c.metadata and "setup" not in c.metadata.get("tags", []) and "plots.style()" not in c.source: print("NO ALT", c.source[:70])
    print(out, len(nb.cells), "cells,", len(code), "code")
