"""Metrics with intervals, paired comparisons, calibration, and the probe sentences."""

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats
from sklearn import metrics

# Each probe has one defensible answer. Pairs named alike hold the same words in another order, so
# a bag of words must answer both alike.
PROBES = (
    ("plain, positive", "A wonderful film, I loved every minute of it.", 1),
    ("plain, negative", "A terrible film, I hated every minute of it.", 0),
    ("negation, positive", "This film is good, not bad at all.", 1),
    ("negation, negative", "This film is bad, not good at all.", 0),
    ("contrast, positive", "The first half was dull but the second half was great.", 1),
    ("contrast, negative", "The first half was great but the second half was dull.", 0),
    ("negated praise", "I can't say that I enjoyed it.", 0),
    ("negated blame", "You won't regret seeing this.", 1),
    ("irony", "Great, another two hours of my life that I will never get back.", 0),
    ("understatement", "I fell asleep halfway through.", 0),
    (
        "long praise, as for The Last of Us",
        "An adaptation that respects the game and then goes beyond it: two broken people learn to "
        "trust each other, the episodes take their time, and the ending left me speechless.",
        1,
    ),
    (
        "mixed, ends badly, as for The Last of Us",
        "The opening episode is superb and the cast is strong, but the later episodes lose the "
        "thread, the tension is gone, and in the end I was glad that it was over.",
        0,
    ),
)


def fitting(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return labels `(n,)` and probabilities float64 `(n, classes)` as arrays that fit.

    Raises:
        ValueError: they don't, or there are none.
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, dtype="float64")
    if probabilities.ndim != 2 or len(labels) != len(probabilities) or not len(labels):
        raise ValueError(f"{labels.shape} labels don't fit {probabilities.shape} probabilities.")
    return labels, probabilities


def evaluate(labels: np.ndarray, probabilities: np.ndarray) -> dict:
    """Return the metrics of one test part, as JSON types.

    Precision, recall, F1 and AUC are those of class 1 with two classes, macro averages (AUC: one
    class against the rest) with more.

    Args:
        labels: integers `(n,)`.
        probabilities: `(n, classes)`, rows summing to 1.

    Raises:
        ValueError: the shapes don't fit, or a probability is not finite.
    """
    labels, probabilities = fitting(labels, probabilities)
    if not np.isfinite(probabilities).all():
        raise ValueError("A probability is not finite.")
    classes = np.arange(probabilities.shape[1])
    binary = len(classes) == 2
    predicted = probabilities.argmax(axis=1)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        labels,
        predicted,
        labels=classes,
        average="binary" if binary else "macro",
        zero_division=0,
    )
    scores = probabilities[:, 1] if binary else probabilities
    return {
        "loss": float(metrics.log_loss(labels, probabilities, labels=classes)),
        "accuracy": float((predicted == labels).mean()),
        "accuracy_ci95": accuracy_interval(labels, predicted),
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(f1),
        "auc": float(metrics.roc_auc_score(labels, scores, multi_class="ovr", labels=classes)),
        "brier": brier_score(labels, probabilities),
        "ece": calibration_error(labels, probabilities),
        "confusion": metrics.confusion_matrix(labels, predicted, labels=classes).tolist(),
    }


def accuracy_interval(labels: np.ndarray, predicted: np.ndarray) -> list[float]:
    """Return Wilson's 95 % interval of the accuracy, `[low, high]`."""
    right = int((np.asarray(labels) == np.asarray(predicted)).sum())
    interval = stats.binomtest(right, len(labels)).proportion_ci(method="wilson")
    return [float(interval.low), float(interval.high)]


def brier_score(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean squared error of the probabilities (Brier 1950).

    With two classes that of class 1; with more, summed over the classes.
    """
    if probabilities.shape[1] == 2:
        return float(np.mean((probabilities[:, 1] - labels) ** 2))
    one_hot = np.eye(probabilities.shape[1])[labels]
    return float(np.mean(((probabilities - one_hot) ** 2).sum(axis=1)))


def reliability(labels: np.ndarray, probabilities: np.ndarray, *, bins: int = 15) -> np.ndarray:
    """Return `(bins, 3)`: count, mean confidence and accuracy by confidence, equal-width bins.

    Confidence is the probability of the predicted class. Empty bins hold zeros.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(index, minlength=bins)
    divisor = np.maximum(count, 1)
    return np.stack(
        [
            count,
            np.bincount(index, confidence, minlength=bins) / divisor,
            np.bincount(index, right, minlength=bins) / divisor,
        ],
        axis=1,
    )


def calibration_error(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the expected calibration error with 15 bins (Guo et al. 2017, eq. 3)."""
    count, confidence, accuracy = reliability(labels, probabilities).T
    return float(np.sum(count * np.abs(confidence - accuracy)) / len(labels))


def mcnemar(labels: np.ndarray, predicted_a: np.ndarray, predicted_b: np.ndarray) -> dict:
    """Test whether two models err differently often on the same texts (McNemar 1947, exact).

    Returns:
        `only_a` and `only_b`, the texts that only one of them gets right, and `p_value`.
    """
    right_a, right_b = predicted_a == labels, predicted_b == labels
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    p_value = stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    return {"only_a": only_a, "only_b": only_b, "p_value": float(p_value)}


def paired_bootstrap(
    labels: np.ndarray,
    predicted_a: np.ndarray,
    predicted_b: np.ndarray,
    *,
    draws: int = 10_000,
    seed: int = 0,
) -> dict:
    """Return the accuracy of a minus that of b, with a 95 % bootstrap interval over the texts."""
    difference = (predicted_a == labels).astype(int) - (predicted_b == labels).astype(int)
    # A resample of n texts is a multinomial draw of how often -1, 0 and 1 come up.
    counts = np.array([(difference == value).sum() for value in (-1, 0, 1)])
    drawn = np.random.default_rng(seed).multinomial(len(labels), counts / len(labels), size=draws)
    low, high = np.percentile((drawn[:, 2] - drawn[:, 0]) / len(labels), [2.5, 97.5])
    return {"difference": float(difference.mean()), "ci95": [float(low), float(high)]}


def probe(
    predict_proba: Callable[[Sequence[str]], np.ndarray],
    probes: Sequence[tuple[str, str, int]] = PROBES,
) -> list[dict]:
    """Return each probe sentence with its name, the expected label and the probability of 1."""
    if not probes:
        return []
    with warnings.catch_warnings():  # a small vocabulary may know no word of a probe
        warnings.simplefilter("ignore", UserWarning)
        probabilities = predict_proba([text for _, text, _ in probes])[:, 1]
    return [
        {"name": name, "text": text, "expected": expected, "probability": float(p)}
        for (name, text, expected), p in zip(probes, probabilities, strict=True)
    ]
