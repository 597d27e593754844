"""`Dataset`: a text classification data set, split in three, and by what two texts are the same."""

import hashlib
from dataclasses import dataclass, field, replace

import numpy as np

from lib import text

NOT_LETTERS = str.maketrans("", "", " '/.!?:;-()")  # all that `light` keeps beside letters, digits


class DataError(Exception):
    """Data that is missing, damaged or not what it should be; the message says what to do."""


@dataclass(frozen=True)
class Row:
    """A text, its label's index, and its part: train, validation, test or empty."""

    text: str
    label: int
    part: str = ""


@dataclass(frozen=True)
class Split:
    """One part of a data set: `texts`, and integer `labels` of shape `(len(texts),)`.

    In a train part `targets`, float32 `(len(texts), classes)`, may be what a teacher answers, to be
    learnt instead of the labels; see `data.taught`.
    """

    texts: list[str]
    labels: np.ndarray
    targets: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: np.ndarray) -> "Split":
        """Return the texts of these indices, in their order, with what belongs to them."""
        targets = None if self.targets is None else self.targets[rows]
        return Split([self.texts[i] for i in rows], self.labels[rows], targets)


@dataclass(frozen=True)
class Dataset:
    """A text classification data set, split; no text is in two parts.

    Attributes:
        name: as given to `load`.
        label_names: the name of each integer label.
        train, validation, test: the parts.
        synthetic: made by `lib.data.synthetic`, so that no number from it is a result.
        fingerprint: a hash of the texts' keys, labels and parts.
        report: number of rows by what became of them, in the order of the checks.
        bad_rows: `(where, reason)` of malformed rows: a CSV file's row number, or `file:row`.
    """

    name: str
    label_names: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    synthetic: bool
    fingerprint: str
    report: dict[str, int]
    bad_rows: list[tuple[int | str, str]] = field(default_factory=list)

    def derived(self, how: str, **parts: Split) -> "Dataset":
        """Return a data set with other parts, and a fingerprint that says so.

        A trained run is known by the fingerprint of what it was trained on; two data sets with one
        fingerprint would be taken for the same.

        Args:
            how: what was done to this one, and nothing else.
            parts: `train`, `validation` or `test`.
        """
        digest = hashlib.sha256(f"{self.fingerprint}-{how}".encode()).hexdigest()
        return replace(self, fingerprint=digest[:16], **parts)


def text_key(content: str, besides: str = "") -> int:
    """Return a 64-bit hash of the letters and digits that `light` cleaning leaves.

    Texts that are equal after cleaning have equal keys, whatever their tags, case, spaces or
    punctuation, unless they differ in what is given `besides`. With nothing left the key is 0.
    """
    kept = text.light(content).translate(NOT_LETTERS) + besides
    return int(hashlib.blake2b(kept.encode(), digest_size=8).hexdigest(), 16) if kept else 0
