"""IMDB reviews (Maas et al. 2011) from the publisher's archive, its folder, or Kaggle's CSV."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lib import paths
from lib.data import files
from lib.data.dataset import DataError, Row, text_key
from lib.progress import progress_bar

URL = "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"
SHA256 = "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe"
SIZE = 25_000  # labelled reviews in each official part
NAMES = ("aclImdb_v1.tar.gz", "aclImdb", "IMDB Dataset.csv")
LABELS = {"neg": 0, "pos": 1, "negative": 0, "positive": 1}


def read() -> list[Row]:
    """Return IMDB's 50,000 rows, from the archive, its folder or Kaggle's CSV; else download.

    Raises:
        DataError: as `download`, or the file found is damaged or incomplete.
    """
    path = files.find(NAMES) or files.download(URL, sha256=SHA256)
    if path.is_dir():
        rows = _parse_members(_folder_members(path), path)
    elif path.suffix == ".csv":
        rows = _read_csv(path)
    else:
        rows = _parse_members(files.tar_members(path), path)
    counts = [sum(row.part == part for row in rows) for part in ("train", "test")]
    if counts != [SIZE, SIZE]:
        raise DataError(
            f"{path} holds {counts[0]:,} train and {counts[1]:,} test reviews, not {SIZE:,} each; "
            f"delete it and download it again from {URL}."
        )
    return rows


def _folder_members(folder: Path) -> Iterator[tuple[str, bytes]]:
    texts = [f for part in ("train", "test") for f in sorted((folder / part).glob("*/*.txt"))]
    for file in progress_bar(texts, desc=f"Reading {folder.name}", unit=" files"):
        yield str(file.relative_to(folder.parent)), file.read_bytes()


def _parse_members(members: Iterator[tuple[str, bytes]], source: Path) -> list[Row]:
    rows = []
    for name, content in members:
        steps = name.split("/")
        if len(steps) < 4 or steps[-3] not in ("train", "test") or steps[-2] not in LABELS:
            continue  # lists of addresses, the vocabulary, the unlabelled part
        try:
            rows.append(Row(content.decode("utf-8"), LABELS[steps[-2]], steps[-3]))
        except UnicodeDecodeError as error:
            raise DataError(f"{source}: {name} is not UTF-8 ({error.reason}).") from error
    return rows


def _read_csv(path: Path) -> list[Row]:
    """Read Kaggle's `review,sentiment` file; the shipped hashes say which official part."""
    known_hashes = hashes()
    in_test = Counter(known_hashes["test"].tolist())
    known = in_test.keys() | set(known_hashes["train"].tolist())
    rows = []
    for number, row in files.read_csv(path, columns=("review", "sentiment")):
        if isinstance(row, files.BadRow):
            raise DataError(f"{path}, row {number}: {row}.")
        text, sentiment = row["review"], row["sentiment"]
        key = text_key(text)
        if key not in known or sentiment not in LABELS:
            raise DataError(f"{path}, row {number}: not a labelled review of IMDB: {text[:40]!r}")
        # A text that stands in both official parts stands in the file as often as in both.
        part = "test" if in_test[key] > 0 else "train"
        in_test[key] -= 1
        rows.append(Row(text, LABELS[sentiment], part))
    return rows


def hashes() -> dict[str, np.ndarray]:
    """Return the shipped `text_key`s of IMDB's reviews, as uint64 arrays.

    `train` and `test` are the official parts; `validation` is the tenth of train that validates,
    which shares hardly a film with the rest; `counterfactual` are the originals of those pairs.
    """
    with np.load(paths.SHIPPED_DATA / "imdb_hashes.npz", allow_pickle=False) as stored:
        return dict(stored)
