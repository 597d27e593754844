"""Batches of texts of like length, for training and validation."""

import keras
import numpy as np

from lib.vectorizers import row_length


class BucketedBatches(keras.utils.PyDataset):
    """Batches of texts of like length, so that little padding is computed.

    Rows are sorted by length, blurred a little so that batches differ between epochs, cut into
    batches, and the batches shuffled. Each batch is padded to its own longest row.

    Args:
        rows: a vectorizer's rows.
        labels: integer labels `(n,)`.
        vectorizer: its `collate` makes a batch.
        classes: width of the one-hot targets.
        batch_size: rows in a batch; the last may be smaller.
        seed: of the shuffling; with the epoch's number it fixes the order.
        shuffle: False keeps the batches in order of length, for validation.
    """

    def __init__(self, rows, labels, vectorizer, *, classes, batch_size, seed=0, shuffle=True):
        super().__init__()
        self.rows = rows
        self.targets = np.eye(classes, dtype="float32")[labels]
        self.vectorizer = vectorizer
        self.batch_size = batch_size
        self.seed = seed
        self.shuffle = shuffle
        self.lengths = np.array([row_length(row) for row in rows])
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Draw the batches of an epoch; the same epoch always gets the same ones."""
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

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int):
        chosen = self.batches[index]
        return self.vectorizer.collate([self.rows[i] for i in chosen]), self.targets[chosen]
