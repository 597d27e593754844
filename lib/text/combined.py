"""`CombinedVectorizer`: word ids in order and a bag of n-grams, for a network that reads both."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from lib.text.ngram import NgramVectorizer
from lib.text.sequence import SequenceVectorizer
from lib.text.vectorizer import Vectorizer


@dataclass(eq=False, kw_only=True)
class CombinedVectorizer(Vectorizer):
    """A text read both ways: as `SequenceVectorizer` and as `NgramVectorizer` read it.

    A row is a triple: word ids, int32 `(time,)`; n-gram ids, int32 `(n,)`, and their values,
    float32 `(n,)`. The bag is of the whole text, whatever `max_length` cuts off.

    Args:
        cleaning, names: of both.
        vocabulary_size, max_length, truncation: of `SequenceVectorizer`.
        ngrams, max_features, min_texts, weighting: of `NgramVectorizer`.
        vocabulary: the words from id 2 on; `fit` sets it.
        ngram_vocabulary: the n-grams from id 1 on; `fit` sets it.
        idf: their inverse document frequencies; `fit` sets it.

    Raises:
        ValueError: an option is none of its choices.
    """

    cleaning: str = "light"
    names: str = "keep"
    vocabulary_size: int = 20_000
    max_length: int = 400
    truncation: str = "head+tail"
    ngrams: int = 3
    max_features: int | None = 100_000
    min_texts: int = 2
    weighting: str = "binary"
    vocabulary: Iterable[str] = ()
    ngram_vocabulary: Iterable[str] = ()
    idf: Iterable[float] = ()

    def __post_init__(self):
        options = {field.name: getattr(self, field.name) for field in fields(self)}
        bag = options | {"vocabulary": self.ngram_vocabulary}
        self.words = SequenceVectorizer(**_known(SequenceVectorizer, options))
        self.bag = NgramVectorizer(**_known(NgramVectorizer, bag))
        self.vocabulary, self.ngram_vocabulary = self.words.vocabulary, self.bag.vocabulary
        self.idf = self.bag.idf

    def fit(self, texts: Iterable[str]) -> "CombinedVectorizer":
        """Take the words and the n-grams from the texts."""
        texts = list(texts)
        self.vocabulary = self.words.fit(texts).vocabulary
        self.ngram_vocabulary, self.idf = self.bag.fit(texts).vocabulary, self.bag.idf
        return self

    def tokens(self, texts: Iterable[str]) -> list[list[str]]:
        """Return each text's cleaned tokens, untruncated."""
        return self.words.tokens(texts)

    def read(self, texts: Iterable[str]) -> list[list[str]]:
        """Return the words that stand for a row's word ids, as `SequenceVectorizer.read`."""
        return self.words.read(texts)

    def transform(self, texts: Iterable[str]) -> list[tuple[np.ndarray, ...]]:
        """Return word ids int32, n-gram ids int32 and their values float32, each `(n,)`, n > 0."""
        texts = list(texts) if not isinstance(texts, str) else texts
        both = zip(self.words.transform(texts), self.bag.transform(texts), strict=True)
        return [(words, *ngrams) for words, ngrams in both]

    def collate(self, rows: list[tuple]) -> tuple[np.ndarray, ...]:
        """Pad rows to the longest: word ids, n-gram ids and values, each `(batch, longest)`."""
        return self.words.collate([row[0] for row in rows]), *self.bag.collate(
            [row[1:] for row in rows]
        )

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` needs, as JSON types."""
        return super().get_config() | {"idf": self.bag.get_config()["idf"]}

    def known(self, row: tuple) -> bool:
        """Whether a row holds a word or an n-gram of the vocabularies."""
        return self.words.known(row[0]) or self.bag.known(row[1:])


def _known(kind: type, options: dict) -> dict:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in options.items() if name in names}
