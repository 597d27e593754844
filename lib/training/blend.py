"""`blend`: how much each of several classifiers should count where they answer together."""

from collections.abc import Sequence

import numpy as np
from scipy import optimize, special

from lib.data import Dataset
from lib.models import Ensemble, TextClassifier


def blend(members: Sequence[TextClassifier], dataset: Dataset) -> Ensemble:
    """Return the members as an ensemble, their shares chosen on the validation part.

    The shares are the non-negative numbers with the smallest cross-entropy there: a regression on
    the members' logits (stacking, Wolpert 1992), of one number a member, so that a few thousand
    texts choose them safely. A member that adds nothing gets 0. As a whole they also set how sure
    the ensemble is, like a temperature.

    Args:
        members: trained on the data set's train part.
        dataset: whose validation part is read.
    """
    logits = np.stack([member.predict_logits(dataset.validation.texts) for member in members])
    return Ensemble(members, shares(logits, dataset.validation.labels))


def shares(logits: np.ndarray, labels: np.ndarray) -> list[float]:
    """Return a number `>= 0` for each member by which to multiply its logits before adding.

    Args:
        logits: float `(members, texts, classes)`.
        labels: integers `(texts,)`.
    """
    target = np.eye(logits.shape[2])[labels]

    def loss(share):
        log_p = special.log_softmax(np.tensordot(share, logits, 1), axis=1)
        slope = ((np.exp(log_p) - target) * logits).sum(axis=(1, 2))
        return -(log_p * target).sum() / len(labels), slope / len(labels)

    start, bounds = np.full(len(logits), 1 / len(logits)), [(0, None)] * len(logits)
    found = optimize.minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    return found.x.tolist()
