"""On what machine, with which versions and which commit a result was made."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from lib import paths


def environment() -> dict:
    """Return versions and processor, for the record."""
    packages = ("keras", "tensorflow", "numpy", "scikit-learn", "gensim")
    return {
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
        "backend": os.environ.get("KERAS_BACKEND", "tensorflow"),
        "cpu": f"{os.cpu_count()} cores of {_cpu_name()}",
    }


def _cpu_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def commit() -> str:
    """Return the repository's commit, with a plus sign if files differ from it."""
    git = ["git", "-C", str(paths.ROOT)]
    try:
        head = subprocess.run(
            [*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True
        )
        changed = subprocess.run([*git, "status", "--porcelain", "lib"], capture_output=True)
    except OSError:
        return ""
    return head.stdout.strip() + ("+" if head.returncode == 0 and changed.stdout else "")
