"""Batches of texts of like length, so that little padding is computed."""

from collections.abc import Mapping, Sequence

import keras
import numpy as np

from lib.text import row_length


class BucketedBatches(keras.utils.PyDataset):
    """Batches of rows of like length.

    Rows are sorted by length, blurred a little so that batches differ between epochs, cut into
    batches, and the batches shuffled. Each batch is padded to its own longest row. Give it to
    `fit` with `shuffle=False`, or Keras shuffles the batches again, by a state of its own.

    Args:
        rows: a vectorizer's rows.
        targets: one per row, `(n,)` or `(n, classes)`.
        collate: makes a batch of rows, as a vectorizer's does.
        batch_size: rows in a batch; the last may be smaller.
        sample_weight: of each row in the loss, `(n,)`, if they differ.
        seed: of the shuffling; with the epoch's number it fixes the order.
        shuffle: False keeps the batches in order of length, for validation.
    """

    def __init__(
        self, rows, targets, collate, *, batch_size, sample_weight=None, seed=0, shuffle=True
    ):
        super().__init__()
        self.rows = rows
        self.targets = np.asarray(targets)
        self.collate = collate
        self.batch_size = batch_size
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        self.seed = seed
        self.shuffle = shuffle
        self.lengths = np.array([row_length(row) for row in rows])
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Draw the batches of an epoch; the same epoch always gets the same ones."""
        self.epoch = epoch
        draw = np.random.default_rng((self.seed, epoch))
        blur = draw.uniform(0.9, 1.1, len(self.rows)) if self.shuffle else 1.0
        order = np.argsort(self.lengths * blur, kind="stable")
        starts = np.arange(0, len(order), self.batch_size)
        self.batches = [order[start : start + self.batch_size] for start in starts]
        if self.shuffle:
            draw.shuffle(self.batches)
        # Keras takes the shapes of the first two batches for those of all, so let these two be
        # the shortest and the longest.
        longest = [self.lengths[batch].max() for batch in self.batches]
        first = [int(np.argmin(longest)), int(np.argmax(longest))]
        rest = [batch for i, batch in enumerate(self.batches) if i not in first]
        self.batches = [self.batches[i] for i in dict.fromkeys(first)] + rest

    def on_epoch_end(self) -> None:
        """Draw the next epoch's batches; Keras calls it."""
        self.start_epoch(self.epoch + 1)

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int):
        chosen = self.batches[index]
        batch = self.collate([self.rows[i] for i in chosen]), self.targets[chosen]
        return batch if self.sample_weight is None else (*batch, self.sample_weight[chosen])


def is_raw(x) -> bool:
    """Whether these are texts, or rows of a table, and not a vectorizer's arrays or batches."""
    if isinstance(x, str | Mapping):
        return True  # a single one: the vectorizer says what is wrong with it
    listed = isinstance(x, list | tuple | np.ndarray) or type(x).__name__ == "Series"
    return listed and (len(x) == 0 or isinstance(next(iter(x)), str | Mapping))


def check_labels(labels, texts: int, label_names: Sequence[str]) -> np.ndarray:
    """Return the labels as an integer array `(texts,)`.

    Raises:
        ValueError: there is not one for each text, or one is no label's index.
    """
    labels = np.asarray(labels)
    if labels.shape != (texts,) or not np.isin(labels, range(len(label_names))).all():
        raise ValueError(
            f"Give one label per text, integers from 0 to {len(label_names) - 1}: "
            f"{dict(enumerate(label_names))}."
        )
    return labels
