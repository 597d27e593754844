"""From labelled rows to a `Dataset` whose parts share no text.

An official test part stays whole and is touched once; validation is cut from train, stratified, by
a hash of the text, or by a list of hashes where texts belong together, so that neither order nor
format of the source matters; duplicates and near-duplicates leave train and validation, never test;
what was dropped is counted by reason in `Dataset.report`.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np

from lib import text
from lib.progress import progress_bar

NEAR_DUPLICATE_WORDS = 20  # two reviews that share a sentence this long share their origin
SENTENCE_END = re.compile(r"[.!?]+|<br />")
NOT_WORD = re.compile(r"[\W_]+")
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
    """One part of a data set: `texts`, and integer `labels` of shape `(len(texts),)`."""

    texts: list[str]
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Dataset:
    """A text classification data set, split, with what was dropped on the way.

    Attributes:
        name: as given to `load`.
        label_names: the name of each integer label.
        train, validation, test: the parts; no text is in two of them.
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


def text_key(content: str, besides: str = "") -> int:
    """Return a 64-bit hash of the letters and digits that `light` cleaning leaves.

    Texts that are equal after cleaning have equal keys, whatever their tags, case, spaces or
    punctuation, unless they differ in what is given `besides`. With nothing left the key is 0.
    """
    kept = text.light(content).translate(NOT_LETTERS) + besides
    return int(hashlib.blake2b(kept.encode(), digest_size=8).hexdigest(), 16) if kept else 0


def _long_sentences(content: str) -> set[str]:
    """Return the sentences of at least `NEAR_DUPLICATE_WORDS` words, letters and digits only."""
    long = (s for s in SENTENCE_END.split(content) if s.count(" ") >= NEAR_DUPLICATE_WORDS - 1)
    return {NOT_WORD.sub("", sentence.lower()) for sentence in long}


def assemble(
    name: str,
    label_names: tuple[str, ...],
    rows: list[Row],
    *,
    key: Callable[[str], int] = text_key,
    exclude: Collection[int] = (),
    validate: Collection[int] = (),
    drop_near_duplicates: bool = True,
    synthetic: bool = False,
    bad_rows: Collection[tuple[int | str, str]] = (),
) -> Dataset:
    """Turn parsed rows into a `Dataset` that keeps the promises at the top of this module.

    Args:
        name, label_names: of the data set.
        rows: in any order. Those of part `test` are the official test part; where there are none,
            10 % become the test part. The others are split into train and validation: the texts of
            rows of part `validation` validate; if there are none, a tenth by hash does.
        key: from a text to a hash; texts with equal keys count as the same, key 0 as empty.
        exclude: keys of texts to leave out of train and validation.
        validate: keys of further texts that belong to the validation part.
        drop_near_duplicates: whether texts that share a long sentence with another are left out.
            In a discussion they are replies that quote, not copies.
        synthetic: whether `lib.data.synthetic` made the rows.
        bad_rows: `(where, reason)` of rows that the parser had to leave out.

    Raises:
        DataError: fewer than two classes, or too few rows of a class to split.
    """
    progress = progress_bar(rows, desc="Hashing texts", unit=" texts")
    keyed = sorted((key(row.text), row.text, row.label, row.part) for row in progress)
    report = Counter([reason for _, reason in bad_rows], read=len(rows) + len(bad_rows))
    test = [row for row in keyed if row[3] == "test"]
    pool = _drop_repeats(keyed, exclude, report, near=drop_near_duplicates)
    counts = Counter(row[2] for row in pool)
    sizes = {label: counts[index] for index, label in enumerate(label_names)}
    if len(sizes) < 2 or min(sizes.values()) < 10:
        raise DataError(f"{name} needs two classes of 10 usable texts each; got {sizes!s:.200}.")
    if not test:
        test, pool = _cut(pool, counts)
    validate = {row[0] for row in keyed if row[3] == "validation"} | set(validate)
    if validate:
        validation = [row for row in pool if row[0] in validate]
        train = [row for row in pool if row[0] not in validate]
    else:
        validation, train = _cut(pool, counts)
    digest, splits = hashlib.sha256(), {}
    for part, kept in {"train": train, "validation": validation, "test": test}.items():
        digest.update(repr((part, [(row[0], row[2]) for row in kept])).encode())
        labels = np.array([row[2] for row in kept], dtype="int32")
        splits[part] = Split([row[1] for row in kept], labels)
        report[part] = len(kept)
    return Dataset(
        name=name,
        label_names=label_names,
        synthetic=synthetic,
        fingerprint=digest.hexdigest()[:16],
        report=dict(report),
        bad_rows=list(bad_rows),
        **splits,
    )


def _drop_repeats(rows: list, exclude: Collection[int], report: Counter, *, near: bool) -> list:
    """Return the rows to train and validate on, counting in `report` why others were dropped."""
    labels_of, test_keys, test_sentences = defaultdict(set), set(), set()
    for key, content, label, part in rows:
        if part == "test":
            test_keys.add(key)
            test_sentences |= _long_sentences(content)
        else:
            labels_of[key].add(label)
    kept, seen, seen_sentences = [], set(), set()
    for row in rows:
        key, content, _, part = row
        if part == "test":
            continue
        sentences = _long_sentences(content) if near else set()
        if key == 0:
            reason = "empty after cleaning"
        elif key in exclude:
            reason = "original of a counterfactual pair"
        elif key in test_keys:
            reason = "also in test"
        elif len(labels_of[key]) > 1:
            reason = "same text with another label"
        elif key in seen:
            reason = "repeated in train"
        elif sentences & test_sentences:
            reason = "shares a long sentence with test"
        elif sentences & seen_sentences:
            reason = "shares a long sentence within train"
        else:
            seen.add(key)
            seen_sentences |= sentences
            kept.append(row)
            continue
        report[reason] += 1
    return kept


def _cut(pool: list, counts: Counter) -> tuple[list, list]:
    """Cut off a tenth of each class: the rows with the smallest keys (`pool` is sorted)."""
    wanted = {label: count // 10 for label, count in counts.items()}
    parts = [], []
    for row in pool:
        parts[wanted[row[2]] <= 0].append(row)
        wanted[row[2]] -= 1
    return parts
