"""Six emotions (CARER, Saravia et al. 2018): the 20,000 sentences, or Kaggle's 422,746."""

import csv
import functools

from lib import sources
from lib.sources import BadRow
from lib.splits import DataError, Row

FILES = {"train.txt": "train", "val.txt": "validation", "test.txt": "test"}
LARGE = "combined_emotion.csv"
LABELS = ("anger", "fear", "joy", "love", "sadness", "surprise")
ALIASES = {"sad": "sadness", "suprise": "surprise"}  # as Kaggle's file writes them
WHERE = "Kaggle, praveengovi/emotions-dataset-for-nlp (three files, in a folder called emotion)"
WHERE_LARGE = "Kaggle, kushagra3204/sentiment-and-emotion-analysis-dataset"


def read() -> tuple[list[Row], list[tuple[str, str]]]:
    """Return the 20,000 sentences in their official parts, and `(file:row, reason)` of bad rows.

    Raises:
        DataError: a file is not there, or has no usable row.
    """
    folder = sources.need(("emotion",), where=WHERE)
    rows, bad_rows = [], []
    for name, part in FILES.items():
        if not (folder / name).is_file():
            raise DataError(f"{folder} has no {name}. Get the three files from {WHERE}.")
        lines = (folder / name).read_bytes().splitlines()
        found = sources.read_rows(folder / name, lines, functools.partial(_parse_line, part=part))
        rows += found[0]
        bad_rows += found[1]
    return rows, bad_rows


def _parse_line(line: bytes, *, part: str) -> Row:
    content, separator, label = sources.decode(line).rpartition(";")
    if not separator:
        raise BadRow("no semicolon")
    return _row(content, label, part)


def _row(content: str, label: str, part: str) -> Row:
    label = ALIASES.get(label.strip(), label.strip())
    if label not in LABELS:
        raise BadRow("unknown label")
    if not content.strip():
        raise BadRow("empty text")
    return Row(content, LABELS.index(label), part)


def read_large() -> tuple[list[Row], list[tuple[str, str]]]:
    """Return the sentences of Kaggle's large file, which has no parts, and its bad rows.

    Raises:
        DataError: the file is not there, lacks a column, or has no usable row.
    """
    path = sources.need((LARGE,), where=WHERE_LARGE)
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        table = csv.reader(file)
        header = next(table, [])
        if missing := {"sentence", "emotion"} - set(header):
            raise DataError(f"{path} has no column {sorted(missing)}; it has {header}.")
        columns = [header.index(name) for name in ("sentence", "emotion")]

        def parse(fields: list[str]) -> Row:
            if len(fields) != len(header):
                raise BadRow("extra column" if len(fields) > len(header) else "missing column")
            content, label = (fields[column] for column in columns)
            if "\ufffd" in content:
                raise BadRow("not UTF-8")
            return _row(content, label, "")

        return sources.read_rows(path, table, parse)
