import random
import subprocess
import sys

import numpy as np
import pytest

from lib import embeddings, paths

TOKENS = [["red", "fruit", "apple"], ["red", "fruit", "cherry"], ["fast", "road", "car"]] * 60


@pytest.fixture(scope="module")
def vectors():
    return embeddings.train_word2vec(TOKENS, dim=12, epochs=20)


def test_same_vectors_in_another_process(vectors):
    code = (
        "from lib import embeddings;"
        f"t = {TOKENS[:3]!r} * 60;"
        "print(embeddings.train_word2vec(t, dim=12, epochs=20)['apple'].tolist())"
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


@pytest.mark.parametrize("algorithm", ["cbow", "skip-gram"])
def test_words_of_like_contexts_are_neighbours(algorithm):
    draw = random.Random(0)
    topics = [[f"{topic}{i}" for i in range(15)] for topic in ("fruit", "road")]
    texts = [draw.choices(topics[i % 2], k=10) for i in range(600)]
    trained = embeddings.train_word2vec(texts, algorithm=algorithm, dim=12, epochs=15)
    found = embeddings.neighbours(trained, "fruit3", top=8)
    assert len(found) == 8
    assert all(word.startswith("fruit") for word, _ in found)


def test_analogy_is_vector_arithmetic(vectors):
    found = embeddings.analogy(vectors, "apple", "fruit", "car", top=1)[0][0]
    assert found not in {"apple", "fruit", "car"}


def test_matrix_has_a_row_for_every_id(vectors):
    matrix = embeddings.embedding_matrix(vectors, ["cherry", "zebra", "road"])
    assert matrix.shape == (5, 12)
    assert (matrix[0] == 0).all()
    assert np.array_equal(matrix[2], vectors["cherry"])
    assert np.array_equal(matrix[4], vectors["road"])
    assert np.isfinite(matrix).all()


def test_mean_vectors(vectors):
    means = embeddings.mean_vectors(vectors, [["red", "car", "zebra"], ["zebra"], []])
    assert np.allclose(means[0], (vectors["red"] + vectors["car"]) / 2, atol=1e-6)
    assert (means[1:] == 0).all()


def test_cosine_by_hand():
    assert embeddings.cosine_similarity(np.array([1, 0]), np.array([1, 1])) == pytest.approx(
        np.cos(np.pi / 4)
    )


def test_bad_input():
    with pytest.raises(ValueError, match="neither"):
        embeddings.train_word2vec(TOKENS, algorithm="glove")
    with pytest.raises(ValueError, match="No word occurs 5 times"):
        embeddings.train_word2vec([["once"]])
