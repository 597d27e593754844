"""A weighted average of several models' probabilities."""

from collections.abc import Sequence

import numpy as np
from scipy import optimize


def fit_weights(labels: np.ndarray, members: Sequence[np.ndarray]) -> np.ndarray:
    """Return the weights, none negative, sum 1, whose average has the smallest log loss.

    The loss is convex in the weights, so the answer doesn't depend on where the search starts.

    Args:
        labels: integers `(n,)`, of a part that no member was trained on.
        members: each model's probabilities, `(n, classes)`, calibrated best.

    Raises:
        ValueError: no member.
    """
    if not len(members):
        raise ValueError("An ensemble needs a member.")
    right = np.stack([proba[np.arange(len(labels)), labels] for proba in members], axis=1)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        mixed = right @ weights + 1e-12
        return -np.log(mixed).mean(), -(right / mixed[:, None]).mean(axis=0)

    found = optimize.minimize(
        loss,
        np.full(len(members), 1 / len(members)),
        jac=True,
        bounds=[(0, 1)] * len(members),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
    )
    weights = np.clip(found.x, 0, None)
    return weights / weights.sum()


def average(members: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """Return the weighted average of probabilities, `(n, classes)`."""
    return np.tensordot(np.asarray(weights), np.stack(members), axes=1)
