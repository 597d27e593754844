"""Training: `fit`, the one protocol, and what belongs to it."""

import lib.models  # noqa: F401, first: it keeps TensorFlow quiet while it starts
from lib.training.callbacks import RunningError
from lib.training.fit import fit
from lib.training.gradient_descent import DivergedError
from lib.training.history import History
from lib.training.seeds import repeat, spread

__all__ = ["DivergedError", "History", "RunningError", "fit", "repeat", "spread"]
