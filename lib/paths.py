"""Where things are. No other module knows a path.

Two environment variables matter: `PROFILE` (`full`, the default, or `demo`) and `DATA_DIR` (a
folder that holds the data sets, searched before `data/`).
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHIPPED_DATA = ROOT / "data"
NOTEBOOKS = ROOT / "notebooks"
BUILD = ROOT / "build"
README = ROOT / "README.md"


def profile() -> str:
    """Return `full` or `demo`, from the environment variable `PROFILE`.

    Raises:
        ValueError: `PROFILE` is set to anything else.
    """
    name = os.environ.get("PROFILE", "full")
    if name not in ("full", "demo"):
        raise ValueError(f"PROFILE={name!r} is not a profile; use PROFILE=full or PROFILE=demo.")
    return name


def data_dirs() -> list[Path]:
    """Return the folders searched for data sets, in order."""
    chosen = os.environ.get("DATA_DIR")
    return ([Path(chosen).expanduser()] if chosen else []) + [SHIPPED_DATA]


def models_root() -> Path:
    """Return the folder of published models, or of the demo profile's."""
    return ROOT / "models" / "demo" if profile() == "demo" else ROOT / "models"


def models_dir(dataset: str) -> Path:
    """Return the folder of one data set's models and metrics: `models/<dataset>`."""
    return models_root() / dataset


def pretrained_dir(name: str) -> Path:
    """Return the folder where a pretrained encoder's files may be put by hand."""
    return ROOT / "models" / "pretrained" / name


def checkpoint_dir(dataset: str, name: str) -> Path:
    """Return the folder where a training run keeps what it needs to resume."""
    return BUILD / "checkpoints" / profile() / dataset / name


def cache_dir() -> Path:
    """Return the folder for what is slow to make and can be made again."""
    return BUILD / "cache" / profile()


def exported_dir() -> Path:
    """Return the folder of exported models, `<data set>/<name>` each."""
    return BUILD / "exported" / profile()


def tuning_dir() -> Path:
    """Return the folder of searches for recipes."""
    return BUILD / "tuning" / profile()


def log_dir(dataset: str, name: str) -> Path:
    """Return the folder of a run's TensorBoard logs."""
    return BUILD / "tensorboard" / profile() / dataset / name


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give another path to write to, which becomes `path` at the end; after an error nothing does.

    So a reader never sees half a file, and of two processes that write one the last wins.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def record_use(path: Path) -> None:
    """Note that a run's file, or a pattern of such files, is used, if `METRICS_LOG` says where.

    Files of another profile's models are not those of this run's.
    """
    log = os.environ.get("METRICS_LOG")
    if log and path.is_relative_to(models_root()):
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{path.relative_to(models_root()).as_posix()}\n")
