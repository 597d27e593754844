"""Evaluation: metrics of a model, runs that are published and compared, what moves an answer.

Nothing here imports TensorFlow until a saved model is asked.
"""

from lib.evaluation import behaviour, error_analysis, explain
from lib.evaluation.behaviour import PROBES, probe
from lib.evaluation.comparison import (
    choices,
    differences,
    gap,
    ladder,
    leaders,
    pairwise,
    probe_table,
    smallest_difference,
    validation_loss,
    winners,
)
from lib.evaluation.coursework import beside_published, published, sentence_table
from lib.evaluation.metrics import (
    accuracy_interval,
    calibration_error,
    evaluate,
    fit_temperature,
    mcnemar,
    paired_bootstrap,
    reliability,
    scale,
)
from lib.evaluation.publish import from_predictions, publish
from lib.evaluation.results import MissingRunError, Result, load_all, named, read
from lib.evaluation.saved import ask_all, reload
from lib.evaluation.seeds import contrast, mean_accuracy, repeats, spread, versus
from lib.evaluation.tables import cost, table
from lib.evaluation.wording import best_of, listed, say, standing

__all__ = [
    "PROBES", "MissingRunError", "Result", "accuracy_interval", "ask_all", "behaviour",
    "beside_published", "best_of", "calibration_error", "choices", "contrast", "cost",
    "differences", "error_analysis", "evaluate", "explain", "fit_temperature",
    "from_predictions", "gap", "ladder", "leaders", "listed", "load_all", "mcnemar",
    "mean_accuracy", "named", "paired_bootstrap", "pairwise", "probe", "probe_table",
    "publish", "published", "read", "reliability", "reload", "repeats", "say", "scale",
    "sentence_table", "smallest_difference", "spread", "standing", "table", "validation_loss",
    "versus", "winners",
]  # fmt: skip
