"""Finding, downloading, verifying and parsing the files that data sets come in.

Archives are read in memory, member by member; nothing is ever extracted to disk, so a hostile
member name has nowhere to go.
"""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from lib import paths
from lib.splits import DataError, Row, progress_bar, text_key

IMDB_URL = "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"
IMDB_SHA256 = "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe"
IMDB_SIZE = 25_000  # labelled reviews in each official part
IMDB_NAMES = ("aclImdb_v1.tar.gz", "aclImdb", "IMDB Dataset.csv")
IMDB_LABELS = {"neg": 0, "pos": 1, "negative": 0, "positive": 1}


def find(names: tuple[str, ...]) -> Path | None:
    """Return the first of `names` that exists in the data folders, in the order searched."""
    for folder in paths.data_dirs():
        for name in names:
            if (folder / name).exists():
                return folder / name
    return None


def download(url: str, *, sha256: str, folder: Path = paths.SHIPPED_DATA) -> Path:
    """Download a file with a progress bar, check it, and return its path.

    Raises:
        DataError: the network, the server or the checksum says no; nothing half-read stays.
    """
    import pooch  # here, because most runs download nothing, and its import warns in notebooks

    try:
        return Path(
            pooch.retrieve(
                url, known_hash=sha256, path=folder, fname=url.rsplit("/", 1)[1], progressbar=True
            )
        )
    except ValueError as error:  # pooch's word for a hash that differs; it removes the file
        raise DataError(
            f"{url} arrived damaged (SHA-256 differs from {sha256[:12]}…); try again."
        ) from error
    except Exception as error:
        looked = ", ".join(str(folder) for folder in paths.data_dirs())
        raise DataError(
            f"{url.rsplit('/', 1)[1]} is not in {looked} and could not be downloaded from {url} "
            f"({type(error).__name__}). Put the file in data/ or set DATA_DIR to its folder; "
            "PROFILE=demo needs no data."
        ) from error


def read_imdb() -> list[Row]:
    """Return IMDB's 50,000 rows, from the archive, its folder or Kaggle's CSV; else download.

    Raises:
        DataError: as `download`, or the file found is damaged or incomplete.
    """
    path = find(IMDB_NAMES) or download(IMDB_URL, sha256=IMDB_SHA256)
    if path.is_dir():
        rows = _parse_imdb_members(_folder_members(path), path)
    elif path.suffix == ".csv":
        rows = _imdb_csv(path)
    else:
        rows = _parse_imdb_members(tar_members(path), path)
    counts = [sum(row.part == part for row in rows) for part in ("train", "test")]
    if counts != [IMDB_SIZE, IMDB_SIZE]:
        raise DataError(
            f"{path} holds {counts[0]:,} train and {counts[1]:,} test reviews, not "
            f"{IMDB_SIZE:,} each; "
            f"delete it and download it again from {IMDB_URL}."
        )
    return rows


def tar_members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each regular file in a tar archive, with a progress bar.

    Raises:
        DataError: the archive is truncated or is no archive.
    """
    try:
        with tarfile.open(path) as archive:
            for member in progress_bar(archive, desc=f"Reading {path.name}", unit=" files"):
                if member.isfile():
                    yield member.name, archive.extractfile(member).read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(f"{path} is damaged or truncated ({error}); download it again.") from error


def _folder_members(folder: Path) -> Iterator[tuple[str, bytes]]:
    files = [f for part in ("train", "test") for f in sorted((folder / part).glob("*/*.txt"))]
    for file in progress_bar(files, desc=f"Reading {folder.name}", unit=" files"):
        yield str(file.relative_to(folder.parent)), file.read_bytes()


def _parse_imdb_members(members: Iterator[tuple[str, bytes]], source: Path) -> list[Row]:
    rows = []
    for name, content in members:
        steps = name.split("/")
        if len(steps) < 4 or steps[-3] not in ("train", "test") or steps[-2] not in IMDB_LABELS:
            continue  # lists of addresses, the vocabulary, the unlabelled part
        try:
            rows.append(Row(content.decode("utf-8"), IMDB_LABELS[steps[-2]], steps[-3]))
        except UnicodeDecodeError as error:
            raise DataError(f"{source}: {name} is not UTF-8 ({error.reason}).") from error
    return rows


def _imdb_csv(path: Path) -> list[Row]:
    """Read Kaggle's `review,sentiment` file; the shipped hashes say which official part."""
    try:
        table = pd.read_csv(path, encoding="utf-8", dtype=str, keep_default_na=False)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{path} can't be read as UTF-8 CSV ({error}).") from error
    if missing := {"review", "sentiment"} - set(table.columns):
        raise DataError(f"{path} has no column {sorted(missing)}; it has {list(table.columns)}.")
    hashes = imdb_hashes()
    in_test = dict(zip(*np.unique(hashes["test"], return_counts=True), strict=True))
    known = set(hashes["train"].tolist()) | set(hashes["test"].tolist())
    rows = []
    for number, (text, sentiment) in enumerate(
        zip(table["review"], table["sentiment"], strict=True), start=2
    ):
        key = text_key(text)
        if key not in known or sentiment not in IMDB_LABELS:
            raise DataError(f"{path}, row {number}: not a labelled review of IMDB: {text[:40]!r}")
        # A text that stands in both official parts stands in the file as often as in both.
        part = "test" if in_test.get(key, 0) > 0 else "train"
        in_test[key] = in_test.get(key, 0) - 1
        rows.append(Row(text, IMDB_LABELS[sentiment], part))
    return rows


def imdb_hashes() -> dict[str, np.ndarray]:
    """Return the shipped `text_key`s of IMDB's reviews, as uint64 arrays.

    `train` and `test` are the official parts; `validation` is the tenth of train that validates,
    which shares hardly a film with the rest; `counterfactual` are the originals of those pairs.
    """
    with np.load(paths.SHIPPED_DATA / "imdb_hashes.npz", allow_pickle=False) as stored:
        return dict(stored)
