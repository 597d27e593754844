"""Which words moved a prediction: by leaving each out, or by the weights attention gave them."""

import warnings

import numpy as np
from scipy.special import log_softmax, logsumexp

from lib.text import SequenceVectorizer
from lib.text.sequence import UNKNOWN

CHARACTERS = 2_000_000  # of changed texts held at a time


def occlusion(model, text: str, *, label: int = 1) -> tuple[list[str], np.ndarray]:
    """Return a text's words, and what each adds to the log-odds of a class.

    The effect of a word is the log-odds with it minus those without it. For a network on word ids
    the words are those it reads, and each in turn is replaced by the unknown word; for any other
    model they are what stands between spaces, and each in turn is left out of the text. Words
    that say the same thing hide each other: with either out, the other stays.

    Args:
        model: a `TextClassifier` or an `Ensemble`.
        text: raw.
        label: the class asked about.

    Returns:
        The words, and effects float64 `(words,)`, in nats.
    """
    if isinstance(getattr(model, "vectorizer", None), SequenceVectorizer):
        words, row = _read(model, text)
        rows = np.tile(row, (len(row) + 1, 1))
        np.fill_diagonal(rows, UNKNOWN)  # the last row stays as it is
        logits = model.logits_of_rows(list(rows))
    else:
        words = text.split()
        at_a_time = max(1, CHARACTERS // max(1, len(text)))
        with warnings.catch_warnings():  # that without its only word a text holds no known one
            warnings.simplefilter("ignore", UserWarning)
            logits = [model.predict_logits([text])]
            for start in range(0, len(words), at_a_time):
                chosen = range(start, min(start + at_a_time, len(words)))
                without = [" ".join(words[:i] + words[i + 1 :]) for i in chosen]
                logits.insert(-1, model.predict_logits(without))
        logits = np.concatenate(logits)
    log_p = log_softmax(logits, axis=1)
    log_odds = log_p[:, label] - logsumexp(np.delete(log_p, label, axis=1), axis=1)
    return words, log_odds[-1] - log_odds[:-1]


def attention(model, text: str) -> tuple[list[str], np.ndarray]:
    """Return the words that the network reads, and the weight that attention pooling gives each.

    Args:
        model: a `TextClassifier`.
        text: raw.

    Returns:
        The words, cleaned and truncated; weights float32 `(words,)`, which sum to 1.

    Raises:
        ValueError: the network has no layer `attention`.
    """
    import keras

    (words,) = model.vectorizer.read([text])
    batch = model.vectorizer.collate(model.vectorizer.transform([text]))
    layer = model.network.get_layer("attention")
    states, mask = keras.Model(model.network.input, layer.input)(batch)
    return words, np.asarray(layer.weights_over_time(states, mask))[np.asarray(mask)]


def _read(model, text: str) -> tuple[list[str], np.ndarray]:
    """Return the words that the network reads of a text, and their ids int32 `(words,)`."""
    (words,) = model.vectorizer.read([text])
    (row,) = model.vectorizer.transform([text])
    return words, row
