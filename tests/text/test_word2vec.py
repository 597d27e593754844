import random
import subprocess
import sys

import numpy as np
import pytest

from lib import paths
from lib.text import word2vec

TOKENS = [["red", "fruit", "apple"], ["red", "fruit", "cherry"], ["fast", "road", "car"]] * 60


@pytest.fixture(scope="module")
def vectors():
    return word2vec.train_word2vec(TOKENS, dim=12, epochs=20)


def test_same_vectors_in_another_process(vectors):
    code = (
        "from lib.text import word2vec;"
        f"t = {TOKENS[:3]!r} * 60;"
        "print(word2vec.train_word2vec(t, dim=12, epochs=20)['apple'].tolist())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=paths.ROOT,
        env={"PYTHONHASHSEED": "123", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert np.allclose(eval(answer.stdout), vectors["apple"], atol=0)


@pytest.mark.parametrize("algorithm", ["cbow", "word2vec", "fasttext"])
def test_words_of_like_contexts_are_neighbours(algorithm):
    draw = random.Random(0)
    topics = [[f"{topic}{i}" for i in range(15)] for topic in ("fruit", "road")]
    texts = [draw.choices(topics[i % 2], k=10) for i in range(600)]
    trained = word2vec.train_word2vec(texts, algorithm=algorithm, dim=12, epochs=15)
    assert all(word.startswith("fruit") for word, _ in trained.most_similar("fruit3", topn=8))


def test_the_seed_decides_the_vectors(vectors):
    again, other = (word2vec.train_word2vec(TOKENS, dim=12, epochs=20, seed=s) for s in (0, 1))
    assert np.array_equal(again.vectors, vectors.vectors)
    assert again.index_to_key == other.index_to_key
    assert not np.allclose(other.vectors, vectors.vectors, atol=1e-3)


def test_matrix_has_a_row_for_every_id(vectors):
    matrix = word2vec.embedding_matrix(vectors, ["cherry", "zebra", "road"])
    assert matrix.shape == (5, 12)
    assert (matrix[0] == 0).all()
    assert np.array_equal(matrix[2], vectors["cherry"])
    assert np.array_equal(matrix[4], vectors["road"])
    assert np.isfinite(matrix).all()
    other = word2vec.embedding_matrix(vectors, ["cherry", "zebra", "road"], seed=1)
    assert np.array_equal(other[2], matrix[2])
    assert not np.allclose(other[3], matrix[3])
    assert word2vec.embedding_matrix(vectors, ["zebra"]).shape == (3, 12)


def test_mean_vectors(vectors):
    means = word2vec.mean_vectors(vectors, [["red", "car", "zebra"], ["zebra"], []])
    assert np.allclose(means[0], (vectors["red"] + vectors["car"]) / 2, atol=1e-6)
    assert (means[1:] == 0).all()


def test_bad_input():
    with pytest.raises(ValueError, match="is none of"):
        word2vec.train_word2vec(TOKENS, algorithm="glove")
    with pytest.raises(ValueError, match="No word occurs 5 times"):
        word2vec.train_word2vec([["once"]])
