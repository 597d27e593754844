import numpy as np
import pytest

from lib.models import encoder, static_vectors

WORDS = ["good", "great", "bad", "the", "film", "movie", "not", "worst"]


@pytest.fixture
def distilled(checkpoint, monkeypatch):
    """From the small random encoder in MiniLM's place."""
    for name in ("vectorizer", "sizes_of"):
        own = getattr(encoder, name)
        monkeypatch.setattr(encoder, name, lambda _, own=own, **o: own("small", **o))
    true_load = encoder.load_pretrained
    monkeypatch.setattr(
        encoder,
        "load_pretrained",
        lambda network, options, **o: true_load(network, options | {"pretrained": "small"}, **o),
    )
    return static_vectors.distil(WORDS, {"the": 900, "film": 100}, dim=4)


def test_every_word_has_a_vector_of_the_components_asked_for(distilled):
    assert distilled.index_to_key == WORDS
    assert distilled.vectors.shape == (8, 4)
    assert np.isfinite(distilled.vectors).all()
    assert not np.allclose(distilled["good"], distilled["bad"])


def test_frequent_words_are_short(distilled):
    lengths = {word: np.linalg.norm(distilled[word]) for word in WORDS}
    assert lengths["the"] < 0.05 * np.median(list(lengths.values()))
    assert lengths["film"] < np.median(list(lengths.values()))
