"""Cross-validation by blocks of films: how far can a single validation part be trusted?"""

from collections.abc import Iterator

import numpy as np

from lib.data import imdb
from lib.data.dataset import Dataset, Split, text_key

TENTHS = 10


def folds(dataset: Dataset, *, count: int = 5) -> Iterator[Dataset]:
    """Yield IMDB's train and validation parts cut anew, so that each block of films validates once.

    Reviews of one film stand side by side in the archive. A block is a tenth of each class by its
    numbers, or several, so that a fold shares hardly a film with what is trained on. With the
    synthetic reviews, where there are no films, a block is a tenth by hash.

    Args:
        dataset: IMDB; its test part stays.
        count: of folds, a divisor of ten.

    Raises:
        ValueError: another data set, no such count, or a train part with a teacher's answers.
    """
    if dataset.name != "imdb":
        raise ValueError(
            f"Only IMDB's films are known, not what belongs together in {dataset.name}."
        )
    if count not in (2, 5, 10):
        raise ValueError(f"{count} folds can't be made of ten blocks; take 2, 5 or 10.")
    if dataset.train.targets is not None:
        raise ValueError("A teacher's answers can't be cut into folds; teach each fold by its own.")
    labels = np.concatenate([dataset.train.labels, dataset.validation.labels])
    both = Split([*dataset.train.texts, *dataset.validation.texts], labels)
    keys = [text_key(text) for text in both.texts]
    if dataset.synthetic:
        block = np.array([key % TENTHS for key in keys])
    else:
        stored = imdb.hashes()
        known = dict(zip(stored["train"].tolist(), stored["tenths"].tolist(), strict=True))
        block = np.array([known[key] for key in keys])
    which = block * count // TENTHS
    for fold in range(count):
        parts = {
            part: both.take(rows)
            for part, rows in (
                ("train", np.flatnonzero(which != fold)),
                ("validation", np.flatnonzero(which == fold)),
            )
        }
        yield dataset.derived(f"fold{fold + 1}of{count}", **parts)
