"""Training: `fit`, the one protocol, and what belongs to it."""

import lib.models  # noqa: F401, first: it keeps TensorFlow quiet while it starts
from lib.training.blend import blend
from lib.training.fit import RunningError, fit
from lib.training.gradient_descent import DivergedError
from lib.training.history import History
from lib.training.measure import measure, recipe, repeat
from lib.training.out_of_fold import out_of_fold

__all__ = [
    "DivergedError",
    "History",
    "RunningError",
    "blend",
    "fit",
    "measure",
    "out_of_fold",
    "recipe",
    "repeat",
]
