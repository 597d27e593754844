"""`NgramVectorizer`: bags of n-grams, for every network that ignores order."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lib.text.cleaning import NAMES, check_choice, check_texts, clean, proper_names
from lib.text.vectorizer import Vectorizer

if TYPE_CHECKING:
    import scipy.sparse
    from sklearn.feature_extraction.text import CountVectorizer


@dataclass(eq=False, kw_only=True)
class NgramVectorizer(Vectorizer):
    """A bag of n-grams: which n-grams occur in a text, order thrown away.

    A row is an int32 array of n-gram ids from 1 on, with a float32 array of their values, as
    `(ids, values)`; id 0 with value 0 pads a batch. `matrix` gives the same as a sparse matrix.

    Args:
        cleaning: one of `lib.text.CLEANERS`.
        ngrams: longest n-gram; all lengths from 1 on are taken.
        names: `keep` n-grams that hold a name, or leave them `out` (see `text.proper_names`).
        max_features: n-grams kept, the most frequent ones; None keeps all.
        min_texts: texts that an n-gram must occur in.
        weighting: `binary` (1 if it occurs) or `tfidf` (1 + log of the count, times the smoothed
            inverse document frequency, scaled to length 1; scikit-learn's `sublinear_tf`).
        vocabulary: the n-grams by id, from 1 on; `fit` sets it.
        idf: their inverse document frequencies; `fit` sets it.

    Raises:
        ValueError: an option is none of its choices.
    """

    cleaning: str = "light"
    ngrams: int = 2
    names: str = "keep"
    max_features: int | None = 100_000
    min_texts: int = 2
    weighting: str = "tfidf"
    vocabulary: Iterable[str] = ()
    idf: Iterable[float] = ()

    def __post_init__(self):
        check_choice("names", self.names, NAMES)
        check_choice("weighting", self.weighting, ("binary", "tfidf"))
        self.vocabulary = list(self.vocabulary)
        self.idf = np.array(list(self.idf), dtype="float32")

    def _counter(self, **options) -> "CountVectorizer":
        from sklearn.feature_extraction.text import CountVectorizer

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
    def _fitted(self) -> "CountVectorizer":
        """The counter of the vocabulary, made once: it takes longer than a text."""
        return self._counter(vocabulary={ngram: j for j, ngram in enumerate(self.vocabulary)})

    def fit(self, texts: Iterable[str]) -> "NgramVectorizer":
        """Take the n-grams and their document frequencies from the texts."""
        texts = check_texts(texts)
        counter = self._counter(min_df=self.min_texts)
        counts = counter.fit_transform(clean(texts, self.cleaning))
        ngrams = counter.get_feature_names_out()
        frequency = np.asarray(counts.sum(axis=0))[0]
        if self.names == "out":
            left_out = proper_names(texts)
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

    def matrix(self, texts: Iterable[str]) -> "scipy.sparse.csr_matrix":
        """Return the bags as a sparse float32 matrix `(texts, features)`; column j has id j + 1."""
        counts = self._fitted.transform(clean(texts, self.cleaning))
        counts.sort_indices()
        if self.weighting == "tfidf":
            counts.data = (1 + np.log(counts.data)) * self.idf[counts.indices]
            norms = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
            counts.data /= np.repeat(norms, np.diff(counts.indptr))
        return counts

    def transform(self, texts: Iterable[str]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return each text's `(ids, values)`, at least one entry long."""
        bags = self.matrix(texts)
        ids = np.split((bags.indices + 1).astype("int32"), bags.indptr[1:])[:-1]
        values = np.split(bags.data, bags.indptr[1:])[:-1]
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

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` needs, as JSON types."""
        idf = self.idf.tolist() if self.weighting == "tfidf" else []
        return super().get_config() | {"idf": idf}
