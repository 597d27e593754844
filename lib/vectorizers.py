"""Vectorizers turn texts into what a network reads, and travel inside its `.keras` file.

Each has `fit(texts)`, `transform(texts)`, which gives one row per text, `collate(rows)`, which
makes one batch of rows, and `get_config()`, from which `from_config` rebuilds it, vocabulary
included, as plain JSON.
"""

import functools
from collections import Counter
from collections.abc import Iterable

import numpy as np
import scipy.sparse
from sklearn.feature_extraction.text import CountVectorizer

from lib import text

PADDING, UNKNOWN = 0, 1  # reserved word ids; the vocabulary starts at 2
CHOICES = {
    "names": ("keep", "out"),
    "padding": ("post", "pre"),
    "truncation": ("head", "tail", "head+tail"),
    "weighting": ("binary", "tfidf"),
}


def _check_choices(**options: str) -> None:
    """Raise ValueError if an option is none of its `CHOICES`."""
    for option, value in options.items():
        if value not in CHOICES[option]:
            raise ValueError(f"{option}={value!r} is not one of {CHOICES[option]}.")


class SequenceVectorizer:
    """Word ids in order: a text becomes an int32 array of shape `(time,)`, `time` >= 1.

    Args:
        cleaning: a recipe of `lib.text`.
        vocabulary_size: ids in all, the two reserved ones included; the most frequent words win.
        names: `keep` them in the vocabulary, or leave them `out` (see `text.proper_names`), so that
            they are unknown words: a network can't learn what it was told of a film or an actor.
        max_length: most ids kept of a text.
        truncation: what is kept of a longer text: its `head`, its `tail`, or `head+tail`, half
            each.
        padding: `post` fills a batch up behind its texts, to its longest; `pre` before them, and
            always to `max_length`, for networks that read padding like a word.
        vocabulary: the words from id 2 on; `fit` sets it.
    """

    def __init__(
        self,
        *,
        cleaning: str = "light",
        vocabulary_size: int = 20_000,
        names: str = "keep",
        max_length: int = 400,
        truncation: str = "head+tail",
        padding: str = "post",
        vocabulary: Iterable[str] = (),
    ):
        _check_choices(names=names, padding=padding, truncation=truncation)
        self.cleaning = cleaning
        self.vocabulary_size = vocabulary_size
        self.names = names
        self.max_length = max_length
        self.truncation = truncation
        self.padding = padding
        self.vocabulary = list(vocabulary)
        self._ids = {word: i for i, word in enumerate(self.vocabulary, start=2)}

    def fit(self, texts: Iterable[str]) -> "SequenceVectorizer":
        """Take the vocabulary from the texts: by frequency, ties in alphabetical order."""
        texts = text.check_texts(texts)
        counts = Counter(word for tokens in self.tokens(texts) for word in tokens)
        left_out = text.proper_names(texts) if self.names == "out" else set()
        words = counts.keys() - left_out
        by_frequency = sorted(words, key=lambda word: (-counts[word], word))
        self.vocabulary = by_frequency[: self.vocabulary_size - 2]
        self._ids = {word: i for i, word in enumerate(self.vocabulary, start=2)}
        return self

    def tokens(self, texts: Iterable[str]) -> list[list[str]]:
        """Return each text's cleaned tokens, untruncated."""
        return [cleaned.split() for cleaned in text.clean(texts, self.cleaning)]

    def transform(self, texts: Iterable[str]) -> list[np.ndarray]:
        """Return each text's ids, truncated; a text without a word is one unknown word."""
        ids = self._ids.get
        return [
            np.array([ids(word, UNKNOWN) for word in self.truncate(tokens)], dtype="int32")
            for tokens in self.tokens(texts)
        ]

    def collate(self, rows: list[np.ndarray]) -> np.ndarray:
        """Pad rows with id 0 to one length: int32 `(batch, time)`."""
        before = self.padding == "pre"
        # Two at least: Keras warns of a softmax over a single step.
        longest = self.max_length if before else max(2, *map(len, rows))
        batch = np.full((len(rows), longest), PADDING, dtype="int32")
        for line, row in zip(batch, rows, strict=True):
            line[longest - len(row) if before else 0 :][: len(row)] = row
        return batch

    def known(self, row: np.ndarray) -> bool:
        """Whether a row holds a word of the vocabulary."""
        return bool((row > UNKNOWN).any())

    def truncate(self, tokens: list[str]) -> list[str]:
        """Return what is kept of a text's tokens; of none, one that no vocabulary knows."""
        if not tokens:
            return [""]
        if len(tokens) <= self.max_length or self.truncation == "head":
            return tokens[: self.max_length]
        if self.truncation == "tail":
            return tokens[-self.max_length :]
        half = self.max_length // 2
        return tokens[: self.max_length - half] + tokens[-half:]

    def get_config(self) -> dict:
        """Return what `from_config` needs, as JSON types."""
        return {
            "cleaning": self.cleaning,
            "vocabulary_size": self.vocabulary_size,
            "names": self.names,
            "max_length": self.max_length,
            "truncation": self.truncation,
            "padding": self.padding,
            "vocabulary": self.vocabulary,
        }

    @classmethod
    def from_config(cls, config: dict) -> "SequenceVectorizer":
        """Rebuild from `get_config`."""
        return cls(**config)


class NgramVectorizer:
    """A bag of n-grams: which n-grams occur in a text, order thrown away.

    A row is an int32 array of n-gram ids from 1 on, with a float32 array of their values, as
    `(ids, values)`; id 0 with value 0 pads a batch. `matrix` gives the same as a sparse matrix.

    Args:
        cleaning: a recipe of `lib.text`.
        ngrams: longest n-gram; all lengths from 1 on are taken.
        names: `keep` n-grams that hold a name, or leave them `out` (see `text.proper_names`).
        max_features: n-grams kept, the most frequent ones; None keeps all.
        min_texts: texts that an n-gram must occur in.
        weighting: `binary` (1 if it occurs) or `tfidf` (1 + log of the count, times the smoothed
            inverse document frequency, scaled to length 1; scikit-learn's `sublinear_tf`).
        vocabulary: the n-grams by id, from 1 on; `fit` sets it.
        idf: their inverse document frequencies; `fit` sets it.
    """

    def __init__(
        self,
        *,
        cleaning: str = "light",
        ngrams: int = 2,
        names: str = "keep",
        max_features: int | None = 100_000,
        min_texts: int = 2,
        weighting: str = "tfidf",
        vocabulary: Iterable[str] = (),
        idf: Iterable[float] = (),
    ):
        _check_choices(names=names, weighting=weighting)
        self.cleaning = cleaning
        self.ngrams = ngrams
        self.names = names
        self.max_features = max_features
        self.min_texts = min_texts
        self.weighting = weighting
        self.vocabulary = list(vocabulary)
        self.idf = np.array(list(idf), dtype="float32")

    def _counter(self, **options) -> CountVectorizer:
        return CountVectorizer(
            analyzer="word",
            lowercase=False,
            token_pattern=r"\S+",
            ngram_range=(1, self.ngrams),
            binary=self.weighting == "binary",
            dtype="float32",
            **options,
        )

    @functools.cached_property
    def _fitted(self) -> CountVectorizer:
        """The counter of the vocabulary, made once: it takes longer than a text."""
        return self._counter(vocabulary={ngram: j for j, ngram in enumerate(self.vocabulary)})

    def fit(self, texts: Iterable[str]) -> "NgramVectorizer":
        """Take the n-grams and their document frequencies from the texts."""
        texts = text.check_texts(texts)
        counter = self._counter(min_df=self.min_texts)
        counts = counter.fit_transform(text.clean(texts, self.cleaning))
        ngrams = counter.get_feature_names_out()
        frequency = np.asarray(counts.sum(axis=0))[0]
        if self.names == "out":
            left_out = text.proper_names(texts)
            holds_name = [not left_out.isdisjoint(ngram.split()) for ngram in ngrams]
            frequency[holds_name] = 0
        kept = np.argsort(-frequency, kind="stable")[: self.max_features]
        kept = np.sort(kept[frequency[kept] > 0])
        self.vocabulary = ngrams[kept].tolist()
        texts_with = np.bincount(counts.indices, minlength=len(ngrams))[kept]
        # Rounded to what float16 keeps, so that a saved and reloaded vectorizer is the same.
        idf = np.log((1 + counts.shape[0]) / (1 + texts_with)) + 1
        self.idf = idf.astype("float16").astype("float32")
        self.__dict__.pop("_fitted", None)
        return self

    def matrix(self, texts: Iterable[str]) -> scipy.sparse.csr_matrix:
        """Return the bags as a sparse float32 matrix `(texts, features)`; column j has id j + 1."""
        counts = self._fitted.transform(text.clean(texts, self.cleaning))
        counts.sort_indices()
        if self.weighting == "tfidf":
            counts.data = (1 + np.log(counts.data)) * self.idf[counts.indices]
            norms = np.sqrt(counts.multiply(counts).sum(axis=1)).A1
            counts.data /= np.repeat(norms, np.diff(counts.indptr))
        return counts

    def transform(self, texts: Iterable[str]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return each text's `(ids, values)`, at least one entry long."""
        bags = self.matrix(texts)
        ids = np.split((bags.indices + 1).astype("int32"), bags.indptr[1:-1])
        values = np.split(bags.data, bags.indptr[1:-1])
        nothing = (np.zeros(1, "int32"), np.zeros(1, "float32"))
        return [(i, v) if len(i) else nothing for i, v in zip(ids, values, strict=True)]

    def collate(self, rows: list[tuple]) -> tuple[np.ndarray, np.ndarray]:
        """Pad rows to the longest: ids int32 and values float32, each `(batch, features)`."""
        shape = (len(rows), max(len(ids) for ids, _ in rows))
        ids, values = np.zeros(shape, "int32"), np.zeros(shape, "float32")
        for line, (row_ids, row_values) in enumerate(rows):
            ids[line, : len(row_ids)] = row_ids
            values[line, : len(row_values)] = row_values
        return ids, values

    def known(self, row: tuple[np.ndarray, np.ndarray]) -> bool:
        """Whether a row holds an n-gram of the vocabulary."""
        return bool(row[0].any())

    def get_config(self) -> dict:
        """Return what `from_config` needs, as JSON types."""
        return {
            "cleaning": self.cleaning,
            "ngrams": self.ngrams,
            "names": self.names,
            "max_features": self.max_features,
            "min_texts": self.min_texts,
            "weighting": self.weighting,
            "vocabulary": self.vocabulary,
            "idf": [float(value) for value in self.idf] if self.weighting == "tfidf" else [],
        }

    @classmethod
    def from_config(cls, config: dict) -> "NgramVectorizer":
        """Rebuild from `get_config`."""
        return cls(**config)


VECTORIZERS = {"sequence": SequenceVectorizer, "ngram": NgramVectorizer}


def row_length(row: np.ndarray | tuple) -> int:
    """Return how many entries a row takes in a batch."""
    return len(row[0]) if isinstance(row, tuple) else len(row)
