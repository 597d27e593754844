"""Reviews beside a human's smallest edit that turns the verdict round (Kaushik et al. 2020)."""

from collections import defaultdict
from dataclasses import dataclass

from lib.data import files, imdb
from lib.data.dataset import DataError, text_key

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
    path = files.find(NAMES) or files.download(URL, sha256=SHA256)
    originals = set(imdb.hashes()["counterfactual"].tolist())
    batches = defaultdict(list)
    columns = ("batch_id", "Sentiment", "Text")
    for number, row in files.read_csv(path, columns=columns, delimiter="\t"):
        if isinstance(row, files.BadRow):
            raise DataError(f"{path}, row {number}: {row}.")
        batches[row["batch_id"]].append((row["Text"], LABELS.get(row["Sentiment"])))
    pairs = []
    for batch, reviews in batches.items():
        if len(reviews) != 2 or {label for _, label in reviews} != {0, 1}:
            raise DataError(f"{path}: batch {batch} is no pair of a negative and a positive.")
        if text_key(reviews[0][0]) not in originals:
            reviews.reverse()
        (original, label), (edited, _) = reviews
        pairs.append(Pair(original, edited, label))
    return pairs
