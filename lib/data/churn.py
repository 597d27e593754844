"""A bank's customers: who left? A table of 10,000 rows, for contrast with sequences."""

import functools
import hashlib
import math
from collections import Counter
from typing import NamedTuple

import numpy as np

from lib.data import files
from lib.data.dataset import DataError, Dataset, Split
from lib.data.files import BadRow

FILE = "Churn_Modelling.csv"
WHERE = "Kaggle, shrutimechlearn/churn-modelling"
NUMBERS = tuple(
    "CreditScore Age Tenure Balance NumOfProducts HasCrCard IsActiveMember EstimatedSalary".split()
)
CATEGORIES = ("Geography", "Gender")
TARGET = "Exited"
LABELS = ("stays", "leaves")
SHARES = {"test": 0.2, "validation": 0.1, "train": 1.0}  # of what the parts before have left


class Customer(NamedTuple):
    """One row. The number tells customers apart; as a feature it would only be learned by heart."""

    number: str
    features: dict[str, float | str]
    label: int


def assemble(
    name: str, customers: list[Customer], bad_rows: list[tuple[int, str]], *, synthetic: bool
) -> Dataset:
    """Return customers as a data set whose `texts` are dicts of features.

    There is no official split. Of each class a fifth tests and a tenth of the rest validates, by a
    hash of the customer's number, so that the order of the file doesn't matter.

    Raises:
        DataError: too few usable rows of a class.
    """
    customers = sorted(customers, key=lambda c: hashlib.sha256(c.number.encode()).hexdigest())
    left = [[c for c in customers if c.label == label] for label in range(len(LABELS))]
    if min(map(len, left)) < 20:
        raise DataError(f"{FILE}: each class needs 20 usable rows; got {list(map(len, left))}.")
    parts = {}
    for part, share in SHARES.items():
        sizes = [round(share * len(of_class)) for of_class in left]
        parts[part] = [c for of_class, n in zip(left, sizes, strict=True) for c in of_class[:n]]
        left = [of_class[n:] for of_class, n in zip(left, sizes, strict=True)]
    digest = hashlib.sha256(repr(sorted((p, c) for p, cut in parts.items() for c in cut)).encode())
    report = {"read": len(customers) + len(bad_rows), **Counter(why for _, why in bad_rows)}
    return Dataset(
        name=name,
        label_names=LABELS,
        synthetic=synthetic,
        fingerprint=digest.hexdigest()[:16],
        report=report | {part: len(parts[part]) for part in ("train", "validation", "test")},
        bad_rows=bad_rows,
        **{
            part: Split([c.features for c in cut], np.array([c.label for c in cut], dtype="int32"))
            for part, cut in parts.items()
        },
    )


def read() -> tuple[list[Customer], list[tuple[int, str]]]:
    """Return the file's customers, and `(row, reason)` of rows that had to be left out.

    Raises:
        DataError: the file is not there, lacks a column, or has no usable row.
    """
    path = files.need((FILE,), where=WHERE)
    columns = ("CustomerId", *NUMBERS, *CATEGORIES, TARGET)
    table = files.read_csv(path, columns=columns, errors="replace")
    return files.read_rows(path, table, functools.partial(_parse, seen=set()))


def _parse(fields: dict[str, str], *, seen: set) -> Customer:
    row = {name: value.strip() for name, value in fields.items()}
    if row[TARGET] not in ("0", "1"):
        raise BadRow("unknown label")
    if row["CustomerId"] in seen:
        raise BadRow("repeated customer")
    if not all(row[name] for name in CATEGORIES):
        raise BadRow("empty value")
    if any("\ufffd" in row[name] for name in CATEGORIES):
        raise BadRow("not UTF-8")
    try:
        numbers = {name: float(row[name]) for name in NUMBERS}
    except ValueError as error:
        raise BadRow("not a number") from error
    if not all(map(math.isfinite, numbers.values())):
        raise BadRow("not a number")
    seen.add(row["CustomerId"])
    return Customer(
        row["CustomerId"], numbers | {name: row[name] for name in CATEGORIES}, int(row[TARGET])
    )
