"""`TextPredictor`: from a network's logits to answers to raw texts, whatever runs the network."""

import warnings
from collections.abc import Callable, Iterable

import numpy as np

from lib.progress import progress_bar
from lib.text.vectorizer import Vectorizer, row_length


class TextPredictor:
    """What a model on raw texts can be asked; a subclass has the attributes.

    Attributes:
        vectorizer: a fitted vectorizer of `lib.text`.
        label_names: the name of each class, in the order of the logits.
        batch_tokens: entries of a batch in prediction, padding included.
        logits_of_batch: from a collated batch to logits `(batch, classes)`.
    """

    vectorizer: Vectorizer
    label_names: tuple[str, ...]
    batch_tokens: int
    logits_of_batch: Callable

    def predict_proba(self, texts: Iterable, *, batch_size: int = 256) -> np.ndarray:
        """Return class probabilities, float64 `(len(texts), classes)`; rows sum to 1.

        A text without a known word gets the network's answer to an unknown one, and a warning.

        Raises:
            TypeError: `texts` is one string, or holds something else.
        """
        return probabilities(self.predict_logits(texts, batch_size=batch_size))

    def predict_labels(self, texts: Iterable) -> list[str]:
        """Return the name of each text's most probable class."""
        return [self.label_names[i] for i in self.predict_logits(texts).argmax(axis=1)]

    def predict_logits(self, texts: Iterable, *, batch_size: int = 256) -> np.ndarray:
        """Return logits, float64 `(len(texts), classes)`; otherwise as `predict_proba`."""
        rows = self.vectorizer.transform(texts)
        if unknown := sum(not self.vectorizer.known(row) for row in rows):
            warnings.warn(f"{unknown} of {len(rows)} texts hold no known word.", stacklevel=3)
        return self.logits_of_rows(rows, batch_size=batch_size)

    def logits_of_rows(self, rows: list, *, batch_size: int = 256) -> np.ndarray:
        """Return logits, float64 `(len(rows), classes)`, of the vectorizer's rows."""
        options = {"width": len(self.label_names), "tokens": self.batch_tokens}
        collate, batch = self.vectorizer.collate, {"batch_size": batch_size}
        return predict_rows(self.logits_of_batch, rows, collate, **options, **batch)


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Return the softmax of logits `(n, classes)`, row by row."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def predict_rows(
    answer: Callable,
    rows: list,
    collate: Callable,
    *,
    width: int,
    tokens: int,
    batch_size: int = 256,
) -> np.ndarray:
    """Return what a network answers to each row, float64 `(rows, width)`.

    Rows of like length go through it together, as many as fit: at most `batch_size`, and at most
    `tokens` entries, padding included, but for a single row that is longer. A bar shows progress
    where that takes long.

    Args:
        answer: from a batch to `(batch, width)`.
        rows: a vectorizer's rows.
        collate: makes a batch of rows, as a vectorizer's does.
        width, tokens, batch_size: see above.
    """
    outputs = np.zeros((len(rows), width))
    lengths = np.array([row_length(row) for row in rows], dtype=int)
    waiting = np.argsort(-lengths, kind="stable")
    with progress_bar(total=len(rows), desc="Predicting", unit=" texts", delay=5) as progress:
        while len(waiting):
            fits = min(batch_size, max(1, tokens // max(1, lengths[waiting[0]])))
            chosen, waiting = waiting[:fits], waiting[fits:]
            outputs[chosen] = answer(collate([rows[i] for i in chosen]))
            progress.update(len(chosen))
    return outputs
