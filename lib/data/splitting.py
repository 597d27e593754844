"""From labelled rows to a `Dataset` whose parts share no text.

An official test part stays whole and is touched once; validation is cut from train, stratified, by
a hash of the text, or by a list of hashes, so that neither order nor format of the source matters;
duplicates leave train and validation, never test; `Dataset.report` counts what was dropped.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection

import numpy as np

from lib.data.dataset import DataError, Dataset, Row, Split, text_key
from lib.progress import progress_bar

NEAR_DUPLICATE_WORDS = 20  # two reviews that share a sentence this long share their origin
SENTENCE_END = re.compile(r"[.!?]+|<br />")
NOT_WORD = re.compile(r"[\W_]+")


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
