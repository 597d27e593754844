"""The one progress bar: gone when done, and never among the results of a command."""

import sys
from typing import TextIO

from tqdm import tqdm


def _in_notebook() -> bool:
    return type(sys.stdout).__module__.startswith("ipykernel")


def _stream() -> TextIO:
    """Return standard error, but in a notebook, which colours that as a fault, standard output."""
    return sys.stdout if _in_notebook() else sys.stderr


def progress_bar(*arguments, **options) -> tqdm:
    """Return tqdm's bar, which leaves nothing behind.

    A notebook's output can't go up a line; there a bar within another is drawn in its place.
    """
    options |= {"position": 0} if _in_notebook() else {}
    return tqdm(*arguments, file=_stream(), leave=False, mininterval=0.5, **options)


def say_beside_bars(message: str) -> None:
    """Print a line where bars may be at work, so that none is left half drawn."""
    tqdm.write(message, file=_stream())
