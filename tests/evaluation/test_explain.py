from types import SimpleNamespace

import numpy as np
import pytest

from lib import models
from lib.evaluation import explain
from lib.text import SequenceVectorizer

TEXT = "A good film, not a bad one!"
WORDS = ["a", "good", "film", "not", "a", "bad", "one", "!"]


@pytest.fixture(scope="module")
def attentive(dataset):
    vectorizer = SequenceVectorizer(vocabulary_size=300, max_length=12)
    return models.TextClassifier(
        architecture="lstm_attention",
        options={"vocabulary_size": 300, "embedding_dim": 8, "units": 4},
        vectorizer=vectorizer.fit(dataset.train.texts[:300]),
        label_names=dataset.label_names,
    )


class CountingModel:
    """Stands in for a classifier on n-grams: each word counts, by its first letter."""

    vectorizer = SimpleNamespace()

    def __init__(self):
        self.most = 0

    def predict_logits(self, texts):
        self.most = max(self.most, sum(map(len, texts)))
        scores = [sum(ord(word[0]) - 110 for word in text.split()) for text in texts]
        return np.array([[0.0, score / 10] for score in scores]).reshape(-1, 2)


def log_odds(model, text):
    logits = model.predict_logits([text])[0]
    return float(logits[1] - logits[0])


def test_occlusion_is_the_difference_that_a_word_makes(tiny):
    words, effects = explain.occlusion(tiny, TEXT)
    assert words == WORDS
    unknown = "A zzzunknown film, not a bad one!"
    assert effects[1] == pytest.approx(log_odds(tiny, TEXT) - log_odds(tiny, unknown), abs=1e-5)
    assert abs(effects[1]) > 1e-6
    _, against = explain.occlusion(tiny, TEXT, label=0)
    assert np.allclose(against, -effects, atol=1e-5)


def test_occlusion_pads_in_front_where_the_model_does(tiny, dataset):
    vectorizer = SequenceVectorizer(vocabulary_size=300, max_length=40, padding="pre")
    vectorizer.fit(dataset.train.texts[:300])
    front = models.TextClassifier(
        architecture="rnn_last_state",
        options={"vocabulary_size": 300, "embedding_dim": 8, "units": 4},
        vectorizer=vectorizer,
        label_names=dataset.label_names,
    )
    _, effects = explain.occlusion(front, TEXT)
    unknown = "A good film, not a zzzunknown one!"
    assert effects[5] == pytest.approx(log_odds(front, TEXT) - log_odds(front, unknown), abs=1e-5)


def test_occlusion_of_a_bag_leaves_words_out_of_the_text():
    model = CountingModel()
    words, effects = explain.occlusion(model, "A wonderful film")
    assert words == ["A", "wonderful", "film"]
    assert effects == pytest.approx([(ord(word[0]) - 110) / 10 for word in words])
    assert len(explain.occlusion(model, "one")[1]) == 1
    assert explain.occlusion(model, "")[0] == []


def test_occlusion_of_a_long_text_makes_its_variants_in_turn(monkeypatch):
    monkeypatch.setattr(explain, "CHARACTERS", 10_000)
    model, text = CountingModel(), "good bad " * 500
    words, effects = explain.occlusion(model, text)
    assert model.most <= 10_000
    expected = [(ord(word[0]) - 110) / 10 for word in words]
    assert effects == pytest.approx(expected, abs=1e-8)


def test_attention_gives_weights_of_what_is_read(attentive):
    words, weights = explain.attention(attentive, "good " * 30 + "bad")
    assert len(words) == len(weights) == 12
    assert words[-1] == "bad"
    assert weights.sum() == pytest.approx(1, abs=1e-5)
    assert (weights > 0).all()


def test_attention_needs_an_attention_layer(tiny):
    with pytest.raises(ValueError, match="attention"):
        explain.attention(tiny, "A film.")


def test_empty_text_and_wrong_type(tiny):
    words, effects = explain.occlusion(tiny, "")
    assert words == [""]
    assert effects.shape == (1,)
    with pytest.raises(TypeError, match="not a string"):
        explain.occlusion(tiny, 3)


def test_a_reloaded_model_attends_alike(attentive, tmp_path):
    attentive.round_weights()
    attentive.save(tmp_path / "a.keras")
    again = models.load(tmp_path / "a.keras")
    before, after = (explain.attention(m, "not a good film")[1] for m in (attentive, again))
    assert np.allclose(before, after, atol=1e-6)


def test_attention_of_a_network_that_reads_both_ways(dataset):
    options = {"units": 4, "embedding_dim": 8, "vectors": "random", "max_features": 200}
    both = models.build("wide_and_deep", dataset, **options)
    words, weights = explain.attention(both, "not a good film")
    assert words == ["not", "a", "good", "film"]
    assert weights.shape == (4,)
    assert weights.sum() == pytest.approx(1, abs=1e-5)
