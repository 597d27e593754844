"""The one progress bar: where results go, gone when done, alike in a shell and in a notebook."""

import sys

from tqdm import tqdm


def progress_bar(*arguments, **options) -> tqdm:
    """Return tqdm's bar, on what is now standard output."""
    return tqdm(*arguments, file=sys.stdout, leave=False, mininterval=0.5, **options)


def say_beside_bars(message: str) -> None:
    """Print a line where bars may be at work, so that none is left half drawn."""
    tqdm.write(message, file=sys.stdout)
