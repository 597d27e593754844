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

    @functools.cached_property
    def _ids(self) -> dict[str, int]:
        """The id of each n-gram, made once: it takes longer than a text."""
        return {ngram: j for j, ngram in enumerate(self.vocabulary, start=1)}

    def fit(self, texts: Iterable[str]) -> "NgramVectorizer":
        """Take the n-grams and their document frequencies from the texts."""
        from sklearn.feature_extraction.text import CountVectorizer

        texts = check_texts(texts)
        counter = CountVectorizer(
            lowercase=False,
            token_pattern=r"\S+",
            ngram_range=(1, self.ngrams),
            binary=self.weighting == "binary",
            min_df=self.min_texts,
            dtype="float32",
        )
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
        self.__dict__.pop("_ids", None)
        return self

    def matrix(self, texts: Iterable[str]) -> "scipy.sparse.csr_matrix":
        """Return the bags as a sparse float32 matrix `(texts, features)`; column j has id j + 1."""
        from scipy.sparse import csr_matrix

        bags = [self._bag(cleaned) for cleaned in clean(texts, self.cleaning)]
        columns = np.concatenate([np.empty(0, "int32"), *(ids - 1 for ids, _ in bags)])
        values = np.concatenate([np.empty(0, "float32"), *(values for _, values in bags)])
        starts = np.cumsum([0, *(len(ids) for ids, _ in bags)])
        return csr_matrix((values, columns, starts), (len(bags), len(self.vocabulary)))

    def transform(self, texts: Iterable[str]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return each text's `(ids, values)`, at least one entry long."""
        nothing = np.zeros(1, "int32"), np.zeros(1, "float32")
        bags = (self._bag(cleaned) for cleaned in clean(texts, self.cleaning))
        return [bag if len(bag[0]) else nothing for bag in bags]

    def _bag(self, cleaned: str) -> tuple[np.ndarray, np.ndarray]:
        """Return a cleaned text's ids, ascending, and their values; perhaps none."""
        words, known = cleaned.split(), self._ids
        ngrams = [
            words[i] if n == 1 else " ".join(words[i : i + n])
            for n in range(1, self.ngrams + 1)
            for i in range(len(words) - n + 1)
        ]
        found = np.array([known[ngram] for ngram in ngrams if ngram in known], dtype="int32")
        ids, counts = np.unique(found, return_counts=True)
        if self.weighting == "binary" or not len(ids):
            return ids, np.ones(len(ids), "float32")
        values = (1 + np.log(counts.astype("float32"))) * self.idf[ids - 1]
        return ids, values / np.sqrt((values * values).sum())

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
