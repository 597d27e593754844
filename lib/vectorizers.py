"""Vectorizers turn texts, or a table's rows, into what a network reads, and travel in its file.

Each has `transform(texts)`, which gives one row per text, `collate(rows)`, which makes one batch of
rows, `known(row)`, and `get_config()`, from which `from_config` rebuilds it as plain JSON, with its
vocabulary; and `fit(texts)`, if there is something to learn from them.
"""

import numpy as np

from lib.bags import NgramVectorizer
from lib.sequences import SequenceVectorizer
from lib.tables import TableVectorizer
from lib.wordpiece import WordPieceVectorizer

VECTORIZERS = {
    "sequence": SequenceVectorizer,
    "ngram": NgramVectorizer,
    "wordpiece": WordPieceVectorizer,
    "table": TableVectorizer,
}


def row_length(row: np.ndarray | tuple) -> int:
    """Return how many entries a row takes in a batch."""
    return len(row[0]) if isinstance(row, tuple) else len(row)
