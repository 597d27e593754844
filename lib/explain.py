"""Which words moved a prediction: by leaving each out, or by the weights attention gave them."""

import keras
import numpy as np
from scipy.special import log_softmax, logsumexp

from lib.classifier import TextClassifier
from lib.sequences import UNKNOWN


def occlusion(
    classifier: TextClassifier, text: str, *, label: int = 1, batch_size: int = 128
) -> tuple[list[str], np.ndarray]:
    """Return the words that the network reads, and what each adds to the log-odds of a class.

    Each word in turn is replaced by the unknown word; its effect is the log-odds with it minus
    those without it. Words that act together are missed: with either out, the other stays.

    Args:
        classifier: a network on word ids.
        text: raw.
        label: the class asked about.
        batch_size: variants in a batch.

    Returns:
        The words, cleaned and truncated; effects float64 `(words,)`, in nats.
    """
    words, row = read(classifier, text)
    variants = np.tile(row, (len(row) + 1, 1))
    variants[np.arange(len(row)), np.arange(len(row))] = UNKNOWN
    logits = [
        classifier.network.predict_on_batch(variants[start : start + batch_size])
        for start in range(0, len(variants), batch_size)
    ]
    log_p = log_softmax(np.concatenate(logits).astype("float64"), axis=1)
    log_odds = log_p[:, label] - logsumexp(np.delete(log_p, label, axis=1), axis=1)
    return words, log_odds[-1] - log_odds[:-1]


def attention(classifier: TextClassifier, text: str) -> tuple[list[str], np.ndarray]:
    """Return the words that the network reads, and the weight that attention pooling gives each.

    Returns:
        The words, cleaned and truncated; weights float32 `(words,)`, which sum to 1.

    Raises:
        ValueError: the network has no layer `attention`.
    """
    words, row = read(classifier, text)
    layer = classifier.network.get_layer("attention")
    states, _ = keras.Model(classifier.network.input, layer.input)(row[None])  # and their mask
    return words, np.asarray(layer.weights_over_time(states))[0]


def read(classifier: TextClassifier, text: str) -> tuple[list[str], np.ndarray]:
    """Return the words that the network reads of a text, and their ids int32 `(words,)`."""
    (words,) = classifier.vectorizer.read([text])
    (row,) = classifier.vectorizer.transform([text])
    return words, row
