"""Word2Vec (Mikolov et al. 2013) through gensim, and the questions one asks of word vectors."""

from collections.abc import Sequence

import numpy as np
from gensim.models import KeyedVectors, Word2Vec


def train_word2vec(
    tokens: Sequence[Sequence[str]],
    *,
    algorithm: str = "skip-gram",
    dim: int = 100,
    window: int = 5,
    min_count: int = 5,
    epochs: int = 5,
    seed: int = 0,
) -> KeyedVectors:
    """Train word vectors on tokenised texts. One thread and a fixed seed: bit-identical runs.

    Args:
        tokens: one list of words per text.
        algorithm: `cbow` predicts a word from its neighbours; `skip-gram` the neighbours from
            the word.
        dim: size of a vector.
        window: neighbours on each side.
        min_count: occurrences below which a word is ignored.
        epochs: passes over the texts.
        seed: of initial weights and sampling.

    Raises:
        ValueError: unknown algorithm, or no word occurs `min_count` times.
    """
    if algorithm not in ("cbow", "skip-gram"):
        raise ValueError(f"algorithm={algorithm!r} is neither 'cbow' nor 'skip-gram'.")
    model = Word2Vec(
        vector_size=dim,
        window=window,
        min_count=min_count,
        sg=int(algorithm == "skip-gram"),
        workers=1,
        seed=seed,
        hashfxn=_stable_hash,
    )
    model.build_vocab(tokens)
    if not model.wv.key_to_index:
        raise ValueError(f"No word occurs {min_count} times in {len(tokens)} texts.")
    model.train(tokens, total_examples=model.corpus_count, epochs=epochs)
    return model.wv


def _stable_hash(word: str) -> int:
    """Python's own hash differs between processes, and gensim seeds with it."""
    return int.from_bytes(word.encode()[:8], "little")


def cosine_similarity(a: np.ndarray, b: np.ndarray) -> float:
    """Return the cosine of the angle between two vectors of one shape `(dim,)`."""
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def neighbours(vectors: KeyedVectors, word: str, *, top: int = 8) -> list[tuple[str, float]]:
    """Return the `top` nearest words with their cosine similarity.

    Raises:
        KeyError: the word has no vector.
    """
    return vectors.most_similar(word, topn=top)


def analogy(
    vectors: KeyedVectors, a: str, b: str, c: str, *, top: int = 5
) -> list[tuple[str, float]]:
    """Answer *a is to b as c is to …*: the words nearest to b - a + c, these three left out."""
    return vectors.most_similar(positive=[b, c], negative=[a], topn=top)


def embedding_matrix(vectors: KeyedVectors, vocabulary: Sequence[str], *, seed: int = 0):
    """Return initial weights float32 `(len(vocabulary) + 2, dim)` for an `Embedding`.

    Rows 0 (padding) and 1 (unknown) and words without a vector are drawn with the standard
    deviation of the known vectors; row 0 is zero.
    """
    known = np.isin(vocabulary, vectors.index_to_key)
    scale = vectors.vectors.std()
    shape = (len(vocabulary) + 2, vectors.vector_size)
    matrix = np.random.default_rng(seed).normal(0, scale, shape).astype("float32")
    matrix[0] = 0
    rows = [vectors[word] for word, has in zip(vocabulary, known, strict=True) if has]
    matrix[2:][known] = np.array(rows)
    return matrix


def mean_vectors(vectors: KeyedVectors, tokens: Sequence[Sequence[str]]) -> np.ndarray:
    """Return each text's mean word vector, float32 `(texts, dim)`; zeros without a known word."""
    means = np.zeros((len(tokens), vectors.vector_size), dtype="float32")
    for row, words in enumerate(tokens):
        if known := [word for word in words if word in vectors]:
            means[row] = vectors[known].mean(axis=0)
    return means
