"""Execute the notebooks, a line each; stop at the first that fails.

    python tools/run_notebooks.py --profile demo             # into build/
    python tools/run_notebooks.py --profile full            # in place, skipping what is up to date
    python tools/run_notebooks.py --profile full 05_lstm    # only those named

The demo profile writes executed notebooks and HTML under build/notebooks/ and leaves the committed
ones alone. The full profile writes outputs into the notebooks themselves, those of one run from top
to bottom, and skips a notebook that is up to date: its code and the metrics that it read are what
they were (see freshness.py). Where lib has changed since, the line says so. FORCE=1 runs a notebook
all the same, and so does RETRAIN=1.
"""

import argparse
import asyncio
import functools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import freshness
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from tidy import tidy

from lib import paths

NOTEBOOKS = paths.NOTEBOOKS
OUTPUT = paths.BUILD / "notebooks"
# Each of these compares its models with those that the ones before it have published.
IN_ORDER = "02 03 04 05 06 07 08 09 10 11 12".split()
LAST = "19"  # reads what all others have published
AT_ONCE = min(2, os.cpu_count() or 1)  # notebooks of the demo profile side by side, a thread each
ONE_THREAD = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


class Failed(Exception):
    """A notebook's cell has raised an error; the message shows both."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Execute the notebooks.")
    parser.add_argument("--profile", choices=("demo", "full"), required=True)
    parser.add_argument("names", nargs="*", help="stems; default: all")
    options = parser.parse_args()
    os.environ["PROFILE"] = options.profile
    for variable in ("DATA_DIR", "NLTK_DATA"):  # given from here; notebooks run in their own folder
        if os.environ.get(variable):
            os.environ[variable] = os.path.abspath(os.path.expanduser(os.environ[variable]))
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    known = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    chosen = [path for path in known if not options.names or path.stem in options.names]
    if unknown := set(options.names) - {path.stem for path in known}:
        print(f"No notebook {sorted(unknown)}; there are {[p.stem for p in known]}.")
        return 2
    at_once = 1  # with the whole machine, as times are kept
    if options.profile == "demo":
        at_once = AT_ONCE
        os.environ |= dict.fromkeys(ONE_THREAD, "1")
    status = 0
    try:
        asyncio.run(run_all(chosen, options.profile, at_once))
    except* Failed as failed:
        print(*failed.exceptions, sep="\n", flush=True)
        status = 1
    return status


async def run_all(chosen: list[Path], profile: str, at_once: int) -> None:
    """Run notebooks, `at_once` at a time, each as soon as those that it waits for have finished.

    Raises:
        ExceptionGroup: of `Failed`; the notebooks that were running then are stopped.
    """
    waiting, running, finished = list(chosen), set(), asyncio.Condition()

    def first_ready() -> Path | None:
        unfinished = running.union(waiting)
        return next((path for path in waiting if not waits_for(path, unfinished)), None)

    async def work() -> None:
        while waiting:
            async with finished:
                await finished.wait_for(lambda: not waiting or first_ready())
                if not (path := first_ready()):
                    return
                waiting.remove(path)
                running.add(path)
            print(await run(path, profile), flush=True)
            async with finished:
                running.remove(path)
                finished.notify_all()

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(work())


def waits_for(path: Path, unfinished: set[Path]) -> list[Path]:
    """Return which of the unfinished notebooks must have finished before this one starts."""
    number = path.stem[:2]
    if number == LAST:
        return [other for other in unfinished if other != path]
    before = IN_ORDER[: IN_ORDER.index(number)] if number in IN_ORDER else []
    return [other for other in unfinished if other.stem[:2] in before]


async def run(path: Path, profile: str) -> str:
    """Run one notebook if that is needed; return a line that says what became of it.

    Raises:
        Failed: it stopped at an error.
    """
    why = ""
    if profile == "full":
        notebook = nbformat.read(path, as_version=4)
        reasons = changes(notebook)
        if not reasons:
            since = "; lib has changed since" * freshness.library_has_changed(notebook)
            return f"{path.stem:<18} up to date{since}"
        why = f", as {reasons[0]}"
        if sys.stdout.isatty():
            print(f"{path.stem:<18} running{why} …", end="\r", flush=True)
    started = time.perf_counter()
    try:
        await execute(path, profile)
    except Failed as error:
        raise Failed(f"{path.stem:<18} FAILED\n{error}") from None
    return f"{path.stem:<18} {time.perf_counter() - started:6.0f} s  ok{why}"


def changes(notebook) -> list[str]:
    """Return why a notebook has to run in the full profile, the first reason first."""
    reasons = freshness.changes(notebook)
    forced = [name for name in ("FORCE", "RETRAIN") if os.environ.get(name, "0") != "0"]
    return reasons + [f"{name} is set" for name in forced]


async def execute(path: Path, profile: str) -> None:
    """Run one notebook top to bottom in a fresh kernel, and write it if it went through.

    Raises:
        Failed: it stopped at an error, or was edited meanwhile. What it showed is under
            build/notebooks/.
    """
    before, library = path.read_text(encoding="utf-8"), freshness.library_hash()
    notebook = nbformat.reads(before, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("r", suffix=".log") as log:
        environment = os.environ | {"METRICS_LOG": log.name}
        try:  # without what the kernel says about itself
            await client.async_execute(env=environment, stderr=subprocess.DEVNULL)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as failure:
            tidy(notebook)
            nbformat.write(notebook, OUTPUT / path.name)
            raise Failed(_failed_cell(notebook, failure)) from None
        used = log.read().splitlines()
    tidy(notebook)
    if profile == "full" and path.read_text(encoding="utf-8") != before:
        nbformat.write(notebook, OUTPUT / path.name)
        raise Failed(f"  it was edited while it ran; its outputs are in {OUTPUT}")
    if profile == "full":
        freshness.remember(notebook, used, library)
        with paths.written_whole(path) as partial:
            nbformat.write(notebook, partial)
    else:
        nbformat.write(notebook, OUTPUT / path.name)
        html, _ = _exporter().from_notebook_node(notebook)
        (OUTPUT / f"{path.stem}.html").write_text(html, encoding="utf-8")


@functools.cache
def _exporter():
    from nbconvert import HTMLExporter

    return HTMLExporter()


def _failed_cell(notebook, failure: Exception) -> str:
    """Return the failed cell's source and its error without the traceback."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                source = "\n".join(f"    {line}" for line in cell.source.splitlines())
                return f"  in the cell\n{source}\n  {output.ename}: {output.evalue}"
    return f"  {type(failure).__name__}: {failure}"[:500]


if __name__ == "__main__":
    sys.exit(main())
