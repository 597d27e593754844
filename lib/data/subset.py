"""Fewer labels: a data set of which only some training texts are used."""

import numpy as np

from lib.data.dataset import Dataset


def subset(dataset: Dataset, size: int, *, seed: int = 0) -> Dataset:
    """Return the data set with `size` of its training texts, drawn class by class.

    Each class keeps its share, rounded, and at least one text; validation and test parts stay. A
    smaller draw of the same seed is part of a larger one: a curve by size is of nested sets.

    Args:
        dataset: whose train part is drawn from.
        size: texts to keep.
        seed: of the draw.

    Raises:
        ValueError: there are not so many texts, or fewer are wanted than there are classes.
    """
    train, classes = dataset.train, len(dataset.label_names)
    if not classes <= size <= len(train):
        raise ValueError(f"{size} texts can't be drawn of {len(train)} in {classes} classes.")
    order = np.random.default_rng(seed).permutation(len(train))
    place = np.empty(len(train))  # of a text in its class, as a share: the smallest are taken
    for label in range(classes):
        own = order[train.labels[order] == label]
        if not len(own):
            continue
        place[own] = (np.arange(len(own)) + 0.5) / len(own)
        place[own[0]] = -1
    kept = np.sort(np.argsort(place, kind="stable")[:size])
    return dataset.derived(f"{size}-{seed}", train=train.take(kept))
