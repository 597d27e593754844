"""A bank's customers: who left? A table of 10,000 rows, for contrast with sequences."""

import csv
import functools
import hashlib
import math
import random
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lib import sources
from lib.sources import BadRow
from lib.splits import DataError, Dataset, Split

FILE = "Churn_Modelling.csv"
WHERE = "Kaggle, shrutimechlearn/churn-modelling"
NUMBERS = (
    "CreditScore",
    "Age",
    "Tenure",
    "Balance",
    "NumOfProducts",
    "HasCrCard",
    "IsActiveMember",
    "EstimatedSalary",
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


def load(*, demo: bool) -> Dataset:
    """Return the table as a data set whose `texts` are dicts of features.

    There is no official split. Of each class a fifth tests and a tenth of the rest validates, by a
    hash of the customer's number, so that the order of the file doesn't matter.

    Args:
        demo: synthetic customers instead of the file's.

    Raises:
        DataError: the file is not there, lacks a column, or has too few usable rows of a class.
    """
    customers, bad_rows = (synthetic(), []) if demo else read()
    customers = sorted(customers, key=lambda customer: _hash(customer.number))
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
        name="churn",
        label_names=LABELS,
        synthetic=demo,
        fingerprint=digest.hexdigest()[:16],
        report=report | {part: len(parts[part]) for part in ("train", "validation", "test")},
        bad_rows=bad_rows,
        **{
            part: Split([c.features for c in cut], np.array([c.label for c in cut], dtype="int32"))
            for part, cut in parts.items()
        },
    )


def _hash(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()


def read() -> tuple[list[Customer], list[tuple[str, str]]]:
    """Return the file's customers, and `(file:row, reason)` of rows that had to be left out.

    Raises:
        DataError: the file is not there, lacks a column, or has no usable row.
    """
    path: Path = sources.need((FILE,), where=WHERE)
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        table = csv.reader(file)
        header = next(table, [])
        if missing := {"CustomerId", *NUMBERS, *CATEGORIES, TARGET} - set(header):
            raise DataError(f"{path} has no column {sorted(missing)}; it has {header}.")
        parse = functools.partial(_parse, header=header, seen=set())
        return sources.read_rows(path, table, parse)


def _parse(fields: list[str], *, header: list[str], seen: set) -> Customer:
    if len(fields) != len(header):
        raise BadRow("extra column" if len(fields) > len(header) else "missing column")
    row = dict(zip(header, map(str.strip, fields), strict=True))
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


def synthetic(*, seed: int = 14, rows: int = 1_500) -> list[Customer]:
    """Return made-up customers: the old and the idle leave, and Germans more often."""
    draw = random.Random(seed)
    customers = []
    for number in range(rows):
        features = {
            "CreditScore": float(draw.randint(350, 850)),
            "Age": float(min(92, 18 + round(draw.gammavariate(3, 7)))),
            "Tenure": float(draw.randint(0, 10)),
            "Balance": draw.choice([0.0, round(draw.uniform(3e4, 2e5), 2)]),
            "NumOfProducts": float(draw.choices((1, 2, 3, 4), (50, 46, 3, 1))[0]),
            "HasCrCard": float(draw.random() < 0.7),
            "IsActiveMember": float(draw.random() < 0.5),
            "EstimatedSalary": round(draw.uniform(1e3, 2e5), 2),
            "Geography": draw.choices(("France", "Germany", "Spain"), (2, 1, 1))[0],
            "Gender": draw.choice(("Female", "Male")),
        }
        score = (features["Age"] - 45) / 6 - 2 * features["IsActiveMember"]
        score += 1.5 * (features["Geography"] == "Germany") + draw.gauss(0, 1)
        customers.append(Customer(str(number), features, int(score > 0)))
    return customers
