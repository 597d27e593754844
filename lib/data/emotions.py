"""Six emotions (CARER, Saravia et al. 2018), 20,000 sentences."""

import functools

from lib.data import files
from lib.data.dataset import DataError, Row
from lib.data.files import BadRow

FILES = {"train.txt": "train", "val.txt": "validation", "test.txt": "test"}
LABELS = ("anger", "fear", "joy", "love", "sadness", "surprise")
WHERE = "Kaggle, praveengovi/emotions-dataset-for-nlp (three files, in a folder called emotion)"


def read() -> tuple[list[Row], list[tuple[str, str]]]:
    """Return the sentences in their official parts, and `(file:row, reason)` of bad rows.

    Raises:
        DataError: a file is not there, or has no usable row.
    """
    folder = files.need(("emotion",), where=WHERE)
    rows, bad_rows = [], []
    for name, part in FILES.items():
        if not (folder / name).is_file():
            raise DataError(f"{folder} has no {name}. Get the three files from {WHERE}.")
        good, bad = files.read_lines(folder / name, functools.partial(_parse, part=part))
        rows += good
        bad_rows += bad
    return rows, bad_rows


def _parse(line: str, *, part: str) -> Row:
    content, separator, label = line.rpartition(";")
    if not separator:
        raise BadRow("no semicolon")
    if label.strip() not in LABELS:
        raise BadRow("unknown label")
    if not content.strip():
        raise BadRow("empty text")
    return Row(content, LABELS.index(label.strip()), part)
