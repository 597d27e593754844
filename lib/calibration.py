"""Temperature scaling (Guo et al. 2017): probabilities that mean what they say."""

import numpy as np
from scipy import optimize, special

from lib import evaluation


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the temperature that makes the log loss smallest; above 1 the model was too sure.

    Args:
        labels: integers `(n,)`, of a part that the model was not trained on.
        probabilities: `(n, classes)`.

    Raises:
        ValueError: no text, or the shapes don't fit.
    """
    labels, probabilities = evaluation.fitting(labels, probabilities)

    def loss(log_temperature: float) -> float:
        scaled = scale(probabilities, np.exp(log_temperature))
        return -np.log(scaled[np.arange(len(labels)), labels] + 1e-12).mean()

    found = optimize.minimize_scalar(loss, bounds=(-3, 3), method="bounded")
    return float(np.exp(found.x))


def scale(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return softmax(logits / temperature), float64 `(n, classes)`; the order of classes stays."""
    logits = np.log(np.asarray(probabilities, dtype="float64") + 1e-12)
    return special.softmax(logits / temperature, axis=1)
