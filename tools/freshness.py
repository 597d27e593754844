"""What a notebook's stored outputs came from, and what of it has changed since.

A run in the full profile remembers, in the notebook's metadata, a hash of its code, of the library,
and of every metrics JSON and log of seeds that it read or wrote. A notebook is stale when its code
or one of those files is another. What a change of the library alone would do nobody knows before
running it again: that is said, and left to whoever has changed it.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from lib import paths

LIBRARY = paths.ROOT / "lib"
MODELS = paths.ROOT / "models"


def remember(notebook, used: Iterable[str], library: str) -> None:
    """Write into a notebook's metadata what its outputs came from.

    Args:
        notebook: as it was run.
        used: files that it read or wrote, or patterns of such files, relative to `models/`.
        library: the hash of the library when the run started.
    """
    notebook.metadata["executed"] = {
        "code": code_hash(notebook),
        "lib": library,
        "files": {name: files_hash(name) for name in sorted(set(used))},
    }


def changes(notebook) -> list[str]:
    """Return what makes a notebook's outputs stale, a few words each; empty if nothing does."""
    remembered = notebook.metadata.get("executed")
    if not isinstance(remembered, dict):
        return ["no record of a run"]
    stored = remembered["files"].items()
    changed = [f"{name} has changed" for name, value in stored if files_hash(name) != value]
    if remembered["code"] != code_hash(notebook):
        changed.insert(0, "its code has changed")
    return changed


def library_has_changed(notebook) -> bool:
    """Whether a notebook was last run with another library than today's."""
    remembered = notebook.metadata.get("executed")
    return not isinstance(remembered, dict) or remembered["lib"] != library_hash()


def code_hash(notebook) -> str:
    """Return a hash of a notebook's code cells."""
    return _hash([c.source.encode() for c in notebook.cells if c.cell_type == "code"])


def library_hash() -> str:
    """Return a hash of every module of the library, with its place."""
    return _contents(LIBRARY, "**/*.py")


def files_hash(pattern: str) -> str:
    """Return a hash of the files in `models/` that match, with their names; there may be none."""
    return _contents(MODELS, pattern)


def _contents(folder: Path, pattern: str) -> str:
    parts = []
    for file in sorted(folder.glob(pattern)):
        parts += [file.relative_to(folder).as_posix().encode(), file.read_bytes()]
    return _hash(parts)


def _hash(parts: list[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()[:16]
