"""Reviews beside a human's smallest edit that turns the verdict round (Kaushik et al. 2020)."""

from dataclasses import dataclass

import pandas as pd

from lib import imdb, sources
from lib.splits import DataError, text_key

URL = (
    "https://raw.githubusercontent.com/acmi-lab/counterfactually-augmented-data/master/"
    "sentiment/combined/paired/test_paired.tsv"
)
SHA256 = "9534b20850205c59015b313983cae7afb31c54c04ffcbd19cea7f1bce5011275"
NAMES = ("imdb_counterfactual/test_paired.tsv", "test_paired.tsv")
LABELS = {"Negative": 0, "Positive": 1}


@dataclass(frozen=True)
class Pair:
    """A review with its label, and the edited review, whose label is the other one."""

    original: str
    edited: str
    label: int


def read() -> list[Pair]:
    """Return the pairs of the test part; their originals are in no part that we train on.

    Raises:
        DataError: the file can't be had, or is no such file.
    """
    path = sources.find(NAMES) or sources.download(URL, sha256=SHA256)
    originals = set(imdb.hashes()["counterfactual"].tolist())
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, encoding="utf-8")
        pairs = []
        for batch, rows in table.groupby("batch_id", sort=False):
            labels = rows["Sentiment"].map(LABELS).tolist()
            texts = rows["Text"].tolist()
            if sorted(labels) != [0, 1]:
                raise DataError(f"{path}: batch {batch} is no pair of a negative and a positive.")
            if text_key(texts[0]) not in originals:
                texts, labels = texts[::-1], labels[::-1]
            pairs.append(Pair(*texts, int(labels[0])))
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{path} can't be read as UTF-8 TSV ({error}).") from error
    except KeyError as error:
        raise DataError(f"{path} has no column {error}; it is no file of pairs.") from error
    return pairs
