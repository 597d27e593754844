"""The one progress bar: where results go, gone when done, alike in a shell and in a notebook."""

import functools
import sys

from tqdm import tqdm

progress_bar = functools.partial(tqdm, file=sys.stdout, leave=False, mininterval=0.5)
