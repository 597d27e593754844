"""Exported models on disk, made where they are missing."""

import subprocess
import sys
from pathlib import Path

from lib import paths
from lib.serve.runtime import ExportError


def export_missing(names: list[str], folder: Path) -> None:
    """Export the saved models whose folder isn't there, or is older than their files.

    In a process of its own, whose end gives back the memory that Keras takes. What can't be
    exported is left out, and said on standard error.

    Args:
        names: such as `imdb/gru`.
        folder: where the exported models are.
    """
    stale = []
    for name in names:
        file, made = paths.models_root() / f"{name}.keras", folder / name / "model.json"
        files = [f for f in (file, file.with_suffix(".json")) if f.exists()]  # weights, figures
        newest = max((f.stat().st_mtime for f in files), default=0)
        if file.exists() and not (made.exists() and made.stat().st_mtime > newest):
            stale.append(name)
    if stale:
        print(f"Exporting {len(stale)} models, once; this takes some seconds.", flush=True)
        command = [sys.executable, "-m", "lib.export", *stale, "--to", str(folder)]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)


def find(name: str) -> Path:
    """Return the folder of an exported model: `name` itself, or that of a saved model's name.

    Raises:
        ExportError: there is none, and none could be made.
    """
    if (Path(name) / "model.json").exists():
        return Path(name)
    folder = paths.exported_dir()
    export_missing([name], folder)
    if not (folder / name / "model.json").exists():
        raise ExportError(f"There is no model {name!r} to export; it is to be like imdb/gru.")
    return folder / name
