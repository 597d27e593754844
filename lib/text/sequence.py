"""`SequenceVectorizer`: word ids in order, for every network that reads word by word."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lib.text.cleaning import NAMES, check_choice, check_texts, clean, proper_names
from lib.text.vectorizer import Vectorizer

PADDING, UNKNOWN = 0, 1  # reserved word ids; the vocabulary starts at 2
TRUNCATIONS = ("head", "tail", "head+tail")


def truncate(tokens: list, length: int, keep: str) -> list:
    """Return at most `length` tokens: the `head`, the `tail`, or `head+tail`, half each."""
    if len(tokens) <= length or keep == "head":
        return tokens[:length]
    tail = length if keep == "tail" else length // 2
    return tokens[: length - tail] + tokens[len(tokens) - tail :]


def pad(rows: list[np.ndarray], length: int, *, before: bool = False) -> np.ndarray:
    """Return the rows as int32 `(batch, length)`, filled up with id 0 behind or `before` them."""
    # Two at least: Keras warns of a softmax over a single step.
    batch = np.full((len(rows), max(2, length)), PADDING, dtype="int32")
    for line, row in zip(batch, rows, strict=True):
        line[len(line) - len(row) if before else 0 :][: len(row)] = row
    return batch


@dataclass(eq=False, kw_only=True)
class SequenceVectorizer(Vectorizer):
    """Word ids in order: a text becomes an int32 array of shape `(time,)`, `time` >= 1.

    Args:
        cleaning: one of `lib.text.CLEANERS`.
        vocabulary_size: ids in all, the two reserved ones included; the most frequent words win.
        names: `keep` them in the vocabulary, or leave them `out` (see `text.proper_names`), so that
            they are unknown words: a network can't learn what it was told of a film or an actor.
        max_length: most ids kept of a text.
        truncation: what is kept of a longer text: its `head`, its `tail`, or `head+tail`, half
            each.
        padding: `post` fills a batch up behind its texts, to its longest; `pre` before them, and
            always to `max_length`, for networks that read padding like a word.
        vocabulary: the words from id 2 on; `fit` sets it.

    Raises:
        ValueError: an option is none of its choices.
    """

    cleaning: str = "light"
    vocabulary_size: int = 20_000
    names: str = "keep"
    max_length: int = 400
    truncation: str = "head+tail"
    padding: str = "post"
    vocabulary: Iterable[str] = ()

    def __post_init__(self):
        check_choice("names", self.names, NAMES)
        check_choice("padding", self.padding, ("post", "pre"))
        check_choice("truncation", self.truncation, TRUNCATIONS)
        self._set_vocabulary(self.vocabulary)

    def _set_vocabulary(self, words: Iterable[str]) -> None:
        self.vocabulary = list(words)
        self._ids = {word: i for i, word in enumerate(self.vocabulary, start=2)}

    def fit(self, texts: Iterable[str]) -> "SequenceVectorizer":
        """Take the vocabulary from the texts: by frequency, ties in alphabetical order."""
        texts = check_texts(texts)
        counts = Counter(word for tokens in self.tokens(texts) for word in tokens)
        left_out = proper_names(texts) if self.names == "out" else set()
        by_frequency = sorted(counts.keys() - left_out, key=lambda word: (-counts[word], word))
        self._set_vocabulary(by_frequency[: self.vocabulary_size - 2])
        return self

    def tokens(self, texts: Iterable[str]) -> list[list[str]]:
        """Return each text's cleaned tokens, untruncated."""
        return [cleaned.split() for cleaned in clean(texts, self.cleaning)]

    def read(self, texts: Iterable[str]) -> list[list[str]]:
        """Return the words that stand for a row's ids: truncated; of an empty text, one empty."""
        tokens = self.tokens(texts)
        return [truncate(words, self.max_length, self.truncation) or [""] for words in tokens]

    def transform(self, texts: Iterable[str]) -> list[np.ndarray]:
        """Return ids int32 `(words,)`, truncated; a text without a word is one unknown word."""
        ids = self._ids.get
        return [
            np.array([ids(word, UNKNOWN) for word in words], dtype="int32")
            for words in self.read(texts)
        ]

    def collate(self, rows: list[np.ndarray]) -> np.ndarray:
        """Pad rows with id 0 to one length: int32 `(batch, time)`."""
        if self.padding == "pre":
            return pad(rows, self.max_length, before=True)
        return pad(rows, max(map(len, rows)))

    def known(self, row: np.ndarray) -> bool:
        """Whether a row holds a word of the vocabulary."""
        return bool((row > UNKNOWN).any())
