"""Which words moved a prediction: by leaving each out, or by the weights attention gave them."""

import warnings

import keras
import numpy as np
from scipy.special import log_softmax, logsumexp

from lib.classifier import TextClassifier, predict_rows
from lib.sequences import UNKNOWN, SequenceVectorizer


def occlusion(
    classifier: TextClassifier, text: str, *, label: int = 1, batch_size: int = 128
) -> tuple[list[str], np.ndarray]:
    """Return a text's words, and what each adds to the log-odds of a class.

    The effect of a word is the log-odds with it minus those without it. For a network on word ids
    the words are those it reads, and each in turn is replaced by the unknown word; for any other
    model they are what stands between spaces, and each in turn is left out of the text. Words
    that act together are missed: with either out, the other stays.

    Args:
        classifier: any.
        text: raw.
        label: the class asked about.
        batch_size: variants in a batch.

    Returns:
        The words, and effects float64 `(words,)`, in nats.
    """
    if isinstance(classifier.vectorizer, SequenceVectorizer):
        words, row = read(classifier, text)
        variants = np.tile(row, (len(row) + 1, 1))
        variants[np.arange(len(row)), np.arange(len(row))] = UNKNOWN
        logits = predict_rows(classifier.network, list(variants), np.stack, batch_size=batch_size)
    else:
        words = text.split()
        texts = [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
        with warnings.catch_warnings():  # that without its only word a text holds no known one
            warnings.simplefilter("ignore", UserWarning)
            logits = classifier.predict_logits([*texts, text], batch_size=batch_size)
    log_p = log_softmax(logits, axis=1)
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
