"""The one progress bar: gone when done, and never among the results of a command."""

import sys
from typing import TextIO

from tqdm import tqdm


def _stream() -> TextIO:
    """Return standard error, but in a notebook, which colours that as a fault, standard output."""
    in_notebook = type(sys.stdout).__module__.startswith("ipykernel")
    return sys.stdout if in_notebook else sys.stderr


def progress_bar(*arguments, **options) -> tqdm:
    """Return tqdm's bar, which leaves nothing behind."""
    return tqdm(*arguments, file=_stream(), leave=False, mininterval=0.5, **options)


def say_beside_bars(message: str) -> None:
    """Print a line where bars may be at work, so that none is left half drawn."""
    tqdm.write(message, file=_stream())
