"""Execute the notebooks in order, a line each; stop at the first that fails.

    python tools/run_notebooks.py --profile demo             # into build/
    python tools/run_notebooks.py --profile full            # in place, skipping what is up to date
    python tools/run_notebooks.py --profile full 05_lstm    # only those named

The demo profile writes executed notebooks and HTML under build/notebooks/ and leaves the committed
ones alone. The full profile writes outputs into the notebooks themselves, and skips a notebook
whose code has not changed since its last full run, which its metadata remember. After a change of
the library, FORCE=1 runs it all the same.
"""

import argparse
import base64
import hashlib
import io
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
OUTPUT = ROOT / "build" / "notebooks"
COMPARISON = "17_comparison"  # reads what the others write
WORKERS = min(4, os.cpu_count() or 1)  # notebooks at a time in the demo profile, a thread each
ONE_THREAD = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def main() -> int:
    parser = argparse.ArgumentParser(description="Execute the notebooks in order.")
    parser.add_argument("--profile", choices=("demo", "full"), required=True)
    parser.add_argument("names", nargs="*", help="stems; default: all")
    options = parser.parse_args()
    os.environ["PROFILE"] = options.profile
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    known = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    chosen = [path for path in known if not options.names or path.stem in options.names]
    if unknown := set(options.names) - {path.stem for path in known}:
        print(f"No notebook {sorted(unknown)}; there are {[p.stem for p in known]}.")
        return 2
    if options.profile == "full":
        waves, workers = [chosen], 1  # one by one, each with the whole machine, as times are kept
    else:
        comparison = [path for path in chosen if path.stem == COMPARISON]
        waves, workers = [[p for p in chosen if p not in comparison], comparison], WORKERS
        os.environ |= dict.fromkeys(ONE_THREAD, "1")
    with ThreadPoolExecutor(workers) as pool:
        for wave in waves:
            for line in pool.map(run, wave):
                print(line, flush=True)
                if "FAILED" in line:
                    pool.shutdown(cancel_futures=True)
                    return 1
    return 0


def run(path: Path) -> str:
    """Run one notebook if that is needed; return a line that says what became of it."""
    profile = os.environ["PROFILE"]
    if profile == "full" and not os.environ.get("FORCE") and up_to_date(path):
        return f"{path.stem:<18} up to date"
    if sys.stdout.isatty() and profile == "full":
        print(f"{path.stem:<18} running …", end="\r", flush=True)
    started = time.perf_counter()
    error = execute(path, profile)
    seconds = time.perf_counter() - started
    return f"{path.stem:<18} {seconds:6.0f} s  " + (f"FAILED\n{error}" if error else "ok")


def execute(path: Path, profile: str) -> str:
    """Run one notebook top to bottom in a fresh kernel; return what went wrong, or nothing."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    error = ""
    try:
        client.execute(stderr=subprocess.DEVNULL)  # what the kernel says about itself
    except (CellExecutionError, CellTimeoutError) as failure:
        error = _failed_cell(notebook, failure)
    tidy(notebook)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, OUTPUT / path.name)
    if profile == "full" and not error:
        notebook.metadata["executed"] = fingerprint(notebook, path.stem)
        nbformat.write(notebook, path)
    if profile == "demo" and not error:
        from nbconvert import HTMLExporter

        html, _ = HTMLExporter().from_notebook_node(notebook)
        (OUTPUT / f"{path.stem}.html").write_text(html, encoding="utf-8")
    return error


def _failed_cell(notebook, failure: Exception) -> str:
    """Return the failed cell's source and its error without the traceback."""
    failed = [
        (cell, output)
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    ]
    if not failed:
        return f"  {type(failure).__name__}: {failure}"[:500]
    cell, output = failed[-1]
    source = "\n".join(f"    {line}" for line in cell.source.splitlines())
    return f"  in the cell\n{source}\n  {output.ename}: {output.evalue}"


def tidy(notebook) -> None:
    """Leave in text what a terminal would show at the end, as bars redraw a line; shrink images."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        merged = []
        for output in cell.outputs:
            same = merged and output.output_type == "stream" == merged[-1].output_type
            if same and output.name == merged[-1].name:
                merged[-1].text += output.text
            else:
                merged.append(output)
        for output in merged:
            if output.output_type == "stream":
                output.text = "".join(map(_settle, re.split(r"(?<=\n)", output.text)))
        cell.outputs = [o for o in merged if o.output_type != "stream" or o.text.strip()]
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = _in_256_colours(output.data["image/png"])


def _in_256_colours(png: str) -> str:
    """Return a base64 PNG with a palette: plots look the same and take a third of the space."""
    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    smaller = io.BytesIO()
    image.quantize(256, dither=Image.Dither.NONE).save(smaller, "PNG", optimize=True)
    return base64.b64encode(smaller.getvalue()).decode()


def _settle(line: str) -> str:
    line = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line)
    end = "\n" if line.endswith("\n") else ""
    line = re.sub(r"\x08+", "\r", line.rstrip("\r\n"))
    shown = line.split("\r")[-1]
    return shown + end if shown.strip() or not line.strip() else ""


def up_to_date(path: Path) -> bool:
    """Whether a notebook's outputs are those of its code in a full run."""
    notebook = nbformat.read(path, as_version=4)
    return notebook.metadata.get("executed") == fingerprint(notebook, path.stem)


def fingerprint(notebook, stem: str) -> str:
    """Return a hash of a notebook's code, and for the comparison of the files that it shows."""
    digest = hashlib.sha256()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            digest.update(cell.source.encode())
    if stem.startswith("17_"):
        for pattern in ("*/*.json", "*/seeds.csv"):
            for file in sorted((ROOT / "models").glob(pattern)):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
