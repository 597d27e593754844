"""Metrics with intervals, paired comparisons, calibration."""

import numpy as np
from scipy import optimize, special, stats
from sklearn import metrics
from statsmodels.stats import contingency_tables


def evaluate(labels: np.ndarray, probabilities: np.ndarray) -> dict:
    """Return the metrics of one part of a data set, as JSON types.

    Precision, recall, F1 and AUC are those of class 1 with two classes, macro averages (AUC: one
    class against the rest) with more. The Brier score (1950) is the mean squared error of class
    1's probability with two classes, summed over the classes with more.

    Args:
        labels: integers `(n,)`.
        probabilities: `(n, classes)`, rows summing to 1.

    Raises:
        ValueError: the shapes don't fit, or a probability is not finite.
    """
    labels, probabilities = _fitting(labels, probabilities)
    if not np.isfinite(probabilities).all():
        raise ValueError("A probability is not finite.")
    classes = np.arange(probabilities.shape[1])
    binary = len(classes) == 2
    predicted = probabilities.argmax(axis=1)
    average = "binary" if binary else "macro"
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        labels, predicted, labels=classes, average=average, zero_division=0
    )
    scores = probabilities[:, 1] if binary else probabilities
    squares = ((probabilities - np.eye(len(classes))[labels]) ** 2).sum(axis=1)
    return {
        "loss": float(metrics.log_loss(labels, probabilities, labels=classes)),
        "accuracy": float((predicted == labels).mean()),
        "accuracy_ci95": accuracy_interval(labels, predicted),
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(f1),
        "auc": float(metrics.roc_auc_score(labels, scores, multi_class="ovr", labels=classes)),
        "brier": float(squares.mean() / (2 if binary else 1)),
        "ece": calibration_error(labels, probabilities),
        "confusion": metrics.confusion_matrix(labels, predicted, labels=classes).tolist(),
    }


def _fitting(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return labels `(n,)` and probabilities float64 `(n, classes)`, or refuse what doesn't fit."""
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, dtype="float64")
    if probabilities.ndim != 2 or len(labels) != len(probabilities) or not len(labels):
        raise ValueError(f"{labels.shape} labels don't fit {probabilities.shape} probabilities.")
    return labels, probabilities


def accuracy_interval(labels: np.ndarray, predicted: np.ndarray) -> list[float]:
    """Return Wilson's 95 % interval of the accuracy of labels `(n,)`: `[low, high]`."""
    right = int((np.asarray(labels) == np.asarray(predicted)).sum())
    interval = stats.binomtest(right, len(labels)).proportion_ci(method="wilson")
    return [float(interval.low), float(interval.high)]


def reliability(labels: np.ndarray, probabilities: np.ndarray, *, bins: int = 15) -> np.ndarray:
    """Return `(bins, 3)`: count, mean confidence and accuracy by confidence, equal-width bins.

    Confidence is the probability of the predicted class. Empty bins hold zeros.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    count, *sums = (np.bincount(index, of, minlength=bins) for of in (None, confidence, right))
    return np.stack([count, *(each / np.maximum(count, 1) for each in sums)], axis=1)


def calibration_error(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the expected calibration error (ECE) with 15 bins (Guo et al. 2017, eq. 3)."""
    count, confidence, accuracy = reliability(labels, probabilities).T
    return float(np.sum(count * np.abs(confidence - accuracy)) / len(labels))


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the temperature with the smallest log loss; above 1 the model was too sure.

    Args:
        labels: integers `(n,)`, of a part that the model was not trained on.
        probabilities: `(n, classes)`.

    Raises:
        ValueError: no text, or the shapes don't fit.
    """
    labels, probabilities = _fitting(labels, probabilities)

    def loss(log_temperature: float) -> float:
        scaled = scale(probabilities, np.exp(log_temperature))
        return -np.log(scaled[np.arange(len(labels)), labels] + 1e-12).mean()

    return float(np.exp(optimize.minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))


def scale(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return softmax(logits / temperature), float64 `(n, classes)` (Guo et al. 2017)."""
    logits = np.log(np.asarray(probabilities, dtype="float64") + 1e-12)
    return special.softmax(logits / temperature, axis=1)


def mcnemar(labels: np.ndarray, predicted_a: np.ndarray, predicted_b: np.ndarray) -> dict:
    """Test whether two models err differently often on the same texts (McNemar 1947, exact).

    Returns:
        `only_a` and `only_b`, the texts that only one of them gets right, and `p_value`.
    """
    right_a, right_b = predicted_a == labels, predicted_b == labels
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    test = contingency_tables.mcnemar([[0, only_a], [only_b, 0]], exact=True)
    return {"only_a": only_a, "only_b": only_b, "p_value": float(test.pvalue)}


def paired_bootstrap(
    labels: np.ndarray,
    predicted_a: np.ndarray,
    predicted_b: np.ndarray,
    *,
    draws: int = 10_000,
    seed: int = 0,
) -> dict:
    """Return `difference`, accuracy of a minus b, and its bootstrap `ci95`, in fractions."""
    difference = (predicted_a == labels).astype(int) - (predicted_b == labels).astype(int)
    # A resample of n texts is a multinomial draw of how often -1, 0 and 1 come up.
    counts = np.array([(difference == value).sum() for value in (-1, 0, 1)])
    drawn = np.random.default_rng(seed).multinomial(len(labels), counts / len(labels), size=draws)
    low, high = np.percentile((drawn[:, 2] - drawn[:, 0]) / len(labels), [2.5, 97.5])
    return {"difference": float(difference.mean()), "ci95": [float(low), float(high)]}
