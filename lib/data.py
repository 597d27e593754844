"""`load(name)` gives a data set, the same from every source format; `load_csv` your own."""

from collections import Counter
from pathlib import Path

import pandas as pd

from lib import churn, demo_tasks, emotions, imdb, newsgroups, paths, tweets
from lib import demo as reviews
from lib.splits import DataError, Dataset, Row, assemble


def load(name: str) -> Dataset:
    """Load a data set by name; under `PROFILE=demo`, its synthetic stand-in.

    Args:
        name: `imdb`; `newsgroups`, or with two classes and few posts `newsgroups_technical`, both
            also with `_stripped` behind, without headers, signatures and quotes; `emotions`, or
            from another file `emotions_large`; `tweets`; `churn`, a table, whose texts are rows.

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
        return assemble(name, labels, reviews.imdb_rows(), synthetic=True)
    hashes = imdb.hashes()
    return assemble(
        name,
        labels,
        imdb.read(),
        exclude=set(hashes["counterfactual"].tolist()),
        validate=set(hashes["validation"].tolist()),
    )


def _load_newsgroups(name: str, *, demo: bool) -> Dataset:
    posts = demo_tasks.post_rows(newsgroups.GROUPS) if demo else newsgroups.read()
    labels = newsgroups.GROUPS
    if "technical" in name:
        labels, posts = ("other", "technical"), newsgroups.few_technical(posts)
    if "stripped" in name:
        posts = [Row(newsgroups.strip(row.text), row.label, row.part) for row in posts]
    return assemble(name, labels, posts, drop_near_duplicates=False, synthetic=demo)


def _load_emotions(name: str, *, demo: bool) -> Dataset:
    if demo:
        rows, bad_rows = demo_tasks.feeling_rows(emotions.LABELS), []
    else:
        rows, bad_rows = emotions.read_large() if name == "emotions_large" else emotions.read()
    return assemble(name, emotions.LABELS, rows, synthetic=demo, bad_rows=bad_rows)


def _load_tweets(name: str, *, demo: bool) -> Dataset:
    rows, bad_rows = (demo_tasks.tweet_rows(tweets.LABELS), []) if demo else tweets.read()
    return assemble(name, tweets.LABELS, rows, synthetic=demo, bad_rows=bad_rows)


def _load_churn(name: str, *, demo: bool) -> Dataset:
    return churn.load(demo=demo)


LOADERS = {
    "imdb": _load_imdb,
    "newsgroups": _load_newsgroups,
    "newsgroups_stripped": _load_newsgroups,
    "newsgroups_technical": _load_newsgroups,
    "newsgroups_technical_stripped": _load_newsgroups,
    "emotions": _load_emotions,
    "emotions_large": _load_emotions,
    "tweets": _load_tweets,
    "churn": _load_churn,
}


def load_csv(path: str | Path, *, text: str, label: str, encoding: str = "utf-8") -> Dataset:
    """Load a reader's own CSV file: 80 % train, 10 % validation, 10 % test, by hash, stratified.

    Rows with an empty text or label are left out and listed in `bad_rows` with the row's number
    in the file (the header is row 1).

    Args:
        path: a CSV file with a header.
        text: the name of the column of texts.
        label: the name of the column of labels; label names are sorted as strings.
        encoding: of the file.

    Raises:
        DataError: no such file, unreadable, a column is missing, or nothing to tell apart.
    """
    path = Path(path)
    try:
        table = pd.read_csv(path, dtype=str, encoding=encoding, on_bad_lines="warn")
    except FileNotFoundError as error:
        raise DataError(f"There is no file {path}.") from error
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{path} is empty.") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not {encoding} (byte {error.start}); try encoding='latin-1'."
        ) from error
    except pd.errors.ParserError as error:
        raise DataError(f"{path} is not a CSV file: {error}.") from error
    if missing := [name for name in (text, label) if name not in table.columns]:
        raise DataError(f"{path} has no column {missing}; it has {list(table.columns)}.")
    rows, bad_rows = [], []
    label_names = tuple(sorted(table[label].dropna().str.strip().unique()))
    for number, (content, name) in enumerate(zip(table[text], table[label], strict=True), start=2):
        if not isinstance(content, str) or not content.strip():
            bad_rows.append((number, "empty text"))
        elif not isinstance(name, str) or not name.strip():
            bad_rows.append((number, "empty label"))
        else:
            rows.append(Row(content, label_names.index(name.strip())))
    if not rows:
        raise DataError(f"{path} has no usable row: {Counter(r for _, r in bad_rows)}.")
    dataset = assemble(path.stem, label_names, rows, bad_rows=bad_rows)
    return dataset
