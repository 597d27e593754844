"""From raw text to arrays: cleaning, and the vectorizers, which need no Keras.

`word2vec` is imported by its name, `from lib.text import word2vec`, because gensim takes seconds.
"""

from lib.text.cleaning import (
    CLEANERS,
    check_choice,
    check_texts,
    classic,
    clean,
    light,
    proper_names,
    tweet,
    untagged,
)
from lib.text.combined import CombinedVectorizer
from lib.text.ngram import NgramVectorizer
from lib.text.predictor import TextPredictor
from lib.text.sequence import SequenceVectorizer
from lib.text.tabular import TableVectorizer
from lib.text.vectorizer import row_length
from lib.text.wordpiece import WordPieceVectorizer

VECTORIZERS = {  # by the name that a saved file has for them
    "sequence": SequenceVectorizer,
    "ngram": NgramVectorizer,
    "combined": CombinedVectorizer,
    "wordpiece": WordPieceVectorizer,
    "table": TableVectorizer,
}

__all__ = [
    "CLEANERS",
    "VECTORIZERS",
    "CombinedVectorizer",
    "NgramVectorizer",
    "SequenceVectorizer",
    "TableVectorizer",
    "TextPredictor",
    "WordPieceVectorizer",
    "check_choice",
    "check_texts",
    "classic",
    "clean",
    "light",
    "proper_names",
    "row_length",
    "tweet",
    "untagged",
]
