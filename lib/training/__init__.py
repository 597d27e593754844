"""Training: `fit`, the one protocol, and what belongs to it."""

from lib.training.callbacks import RunningError
from lib.training.fit import DivergedError, fit
from lib.training.history import History
from lib.training.seeds import repeat, spread

__all__ = ["DivergedError", "History", "RunningError", "fit", "repeat", "spread"]
