"""Word2Vec (Mikolov et al. 2013) through gensim, and what networks take from the vectors.

Its `KeyedVectors` answer questions themselves: `similarity`, `most_similar`.
"""

from collections.abc import Sequence

import numpy as np
from gensim.models import FastText, KeyedVectors, Word2Vec
from gensim.models.callbacks import CallbackAny2Vec

from lib.progress import progress_bar

ALGORITHMS = ("word2vec", "cbow", "fasttext")
EPOCHS = 15  # on 20,000 reviews they pay; fewer leave the networks' validation loss higher


class _Bar(CallbackAny2Vec):
    """A bar of epochs, gone when done."""

    def __init__(self, epochs: int):
        self.bar = progress_bar(total=epochs, desc="Word2Vec", unit=" epochs", delay=2)

    def on_epoch_end(self, model):
        self.bar.update()

    def on_train_end(self, model):
        self.bar.close()


def train_word2vec(
    tokens: Sequence[Sequence[str]],
    *,
    algorithm: str = "word2vec",
    dim: int = 100,
    window: int = 5,
    min_count: int = 5,
    epochs: int = EPOCHS,
    seed: int = 0,
) -> KeyedVectors:
    """Train word vectors on tokenised texts. One thread and a fixed seed: bit-identical runs.

    Args:
        tokens: one list of words per text.
        algorithm: `word2vec`, that is skip-gram, predicts the neighbours from the word; `cbow` a
            word from its neighbours; `fasttext` is skip-gram in which a word is the sum
            of its character n-grams (Bojanowski et al. 2017), so that its `KeyedVectors` have
            vectors for words never seen.
        dim: size of a vector.
        window: neighbours on each side.
        min_count: occurrences below which a word is ignored.
        epochs: passes over the texts.
        seed: of initial weights and sampling.

    Raises:
        ValueError: unknown algorithm, or no word occurs `min_count` times.
    """
    if algorithm not in ALGORITHMS:
        raise ValueError(f"algorithm={algorithm!r} is none of {ALGORITHMS}.")
    made = FastText if algorithm == "fasttext" else Word2Vec
    model = made(
        vector_size=dim,
        window=window,
        min_count=min_count,
        sg=int(algorithm != "cbow"),
        workers=1,
        seed=seed,
    )
    model.build_vocab(tokens)
    if not model.wv.key_to_index:
        raise ValueError(f"No word occurs {min_count} times in {len(tokens)} texts.")
    model.train(tokens, total_examples=model.corpus_count, epochs=epochs, callbacks=[_Bar(epochs)])
    return model.wv


def embedding_matrix(
    vectors: KeyedVectors, vocabulary: Sequence[str], *, seed: int = 0
) -> np.ndarray:
    """Return initial weights float32 `(len(vocabulary) + 2, dim)` for an `Embedding`.

    Rows 0 (padding) and 1 (unknown) and words without a vector are drawn with the standard
    deviation of the known vectors; row 0 is zero.
    """
    shape = (len(vocabulary) + 2, vectors.vector_size)
    matrix = np.random.default_rng(seed).normal(0, vectors.vectors.std(), shape).astype("float32")
    matrix[0] = 0
    for row, word in enumerate(vocabulary, start=2):
        if word in vectors:
            matrix[row] = vectors[word]
    return matrix


def mean_vectors(vectors: KeyedVectors, tokens: Sequence[Sequence[str]]) -> np.ndarray:
    """Return each text's mean word vector, float32 `(texts, dim)`; zeros without a known word."""
    means = np.zeros((len(tokens), vectors.vector_size), dtype="float32")
    for row, words in enumerate(tokens):
        if known := [word for word in words if word in vectors]:
            means[row] = vectors[known].mean(axis=0)
    return means
