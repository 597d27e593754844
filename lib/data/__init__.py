"""`load(name)` gives a data set, the same from every source format; `load_csv` your own."""

import os
import re
import unicodedata
from pathlib import Path

from lib import paths
from lib.data import churn, counterfactual, emotions, files, imdb, newsgroups, synthetic, tweets
from lib.data.dataset import DataError, Dataset, Row, Split
from lib.data.folds import folds
from lib.data.splitting import assemble
from lib.data.subset import subset
from lib.data.taught import taught


def load(name: str) -> Dataset:
    """Load a data set by name; under `PROFILE=demo`, its synthetic stand-in.

    Args:
        name: `imdb`; `newsgroups`, or with two classes and few posts `newsgroups_technical`, both
            also with `_stripped` behind, without headers, signatures and quotes; `emotions`;
            `tweets`; `churn`, a table, whose texts are rows.

    Raises:
        ValueError: no data set of that name.
        DataError: its files are missing or damaged.
    """
    if name not in LOADERS:
        raise ValueError(f"No data set {name!r}; there are {sorted(LOADERS)}, and load_csv.")
    return LOADERS[name](name, demo=paths.profile() == "demo")


def _load_imdb(name: str, *, demo: bool) -> Dataset:
    labels = ("negative", "positive")
    if demo:
        return assemble(name, labels, synthetic.imdb_rows(), synthetic=True)
    hashes = {part: set(keys.tolist()) for part, keys in imdb.hashes().items()}
    own = {"exclude": hashes["counterfactual"], "validate": hashes["validation"]}
    return assemble(name, labels, imdb.read(), **own)


def _load_newsgroups(name: str, *, demo: bool) -> Dataset:
    posts = synthetic.post_rows(newsgroups.GROUPS) if demo else newsgroups.read()
    labels = newsgroups.GROUPS
    if "technical" in name:
        labels, posts = ("other", "technical"), newsgroups.few_technical(posts)
    if "stripped" in name:
        posts = [Row(newsgroups.strip(row.text), row.label, row.part) for row in posts]
    return assemble(name, labels, posts, drop_near_duplicates=False, synthetic=demo)


def _load_emotions(name: str, *, demo: bool) -> Dataset:
    rows, bad_rows = (synthetic.feeling_rows(emotions.LABELS), []) if demo else emotions.read()
    return assemble(name, emotions.LABELS, rows, synthetic=demo, bad_rows=bad_rows)


def _load_tweets(name: str, *, demo: bool) -> Dataset:
    rows, bad_rows = (synthetic.tweet_rows(tweets.LABELS), []) if demo else tweets.read()
    own = {"bad_rows": bad_rows, "key": tweets.key}
    return assemble(name, tweets.LABELS, rows, synthetic=demo, **own)


def _load_churn(name: str, *, demo: bool) -> Dataset:
    customers, bad_rows = (synthetic.customers(), []) if demo else churn.read()
    return churn.assemble(name, customers, bad_rows, synthetic=demo)


LOADERS = {
    "imdb": _load_imdb,
    "newsgroups": _load_newsgroups,
    "newsgroups_stripped": _load_newsgroups,
    "newsgroups_technical": _load_newsgroups,
    "newsgroups_technical_stripped": _load_newsgroups,
    "emotions": _load_emotions,
    "tweets": _load_tweets,
    "churn": _load_churn,
}


def load_csv(path: str | Path, *, text: str, label: str, encoding: str = "utf-8") -> Dataset:
    """Load a reader's own CSV file: 80 % train, 10 % validation, 10 % test, by hash, stratified.

    The data set is named after the file. Rows with too many or too few fields, an empty text or an
    empty label are left out and listed in `bad_rows` with their number in the file, in which the
    header is row 1. "None" and "NA" are texts and labels like any other.

    Args:
        path: a CSV file with a header.
        text: the name of the column of texts.
        label: the name of the column of labels; label names are sorted as strings.
        encoding: of the file.

    Raises:
        DataError: no such file, unreadable, a column is missing, or nothing to tell apart.
    """
    if not isinstance(path, str | os.PathLike):
        raise DataError(f"Give the path of a CSV file, not a {type(path).__name__}.")
    path = Path(path)

    def parse(row: dict[str, str]) -> tuple[str, str]:
        content, name = row[text], row[label].strip()
        if not content.strip():
            raise files.BadRow("empty text")
        if not name:
            raise files.BadRow("empty label")
        return content, name

    table = files.read_csv(path, columns=(text, label), encoding=encoding)
    labelled, bad_rows = files.read_rows(path, table, parse)
    index = {name: i for i, name in enumerate(sorted({name for _, name in labelled}))}
    rows = [Row(content, index[name]) for content, name in labelled]
    return assemble(_folder_name(path.stem), tuple(index), rows, bad_rows=bad_rows)


def _folder_name(stem: str) -> str:
    """Return a file's name as one for a folder of `models/` that no other data set has."""
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-_")
    taken = {"", "demo", "pretrained", *LOADERS}  # some file systems don't tell IMDB from imdb
    return f"{name}_csv".lstrip("_") if name.lower() in taken else name


__all__ = [
    "DataError",
    "Dataset",
    "Row",
    "Split",
    "assemble",
    "churn",
    "counterfactual",
    "folds",
    "load",
    "load_csv",
    "newsgroups",
    "subset",
    "synthetic",
    "taught",
]
