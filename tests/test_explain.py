import numpy as np
import pytest

from lib import baselines, classifier, explain, recipes


@pytest.fixture
def attentive(dataset, workspace):
    return recipes.sequence_classifier(
        dataset,
        "lstm_attention",
        text={"vocabulary_size": 300, "max_length": 12},
        options={"embedding_dim": 8, "units": 4},
    )


def log_odds(model, row):
    logits = model.network.predict_on_batch(row[None])[0]
    return float(logits[1] - logits[0])


def test_occlusion_is_the_difference_that_a_word_makes(tiny):
    words, effects = explain.occlusion(tiny, "A good film, not a bad one!", batch_size=3)
    assert words == ["a", "good", "film", "not", "a", "bad", "one", "!"]
    row = tiny.vectorizer.transform(["A good film, not a bad one!"])[0]
    without = row.copy()
    without[1] = 1
    assert effects[1] == pytest.approx(log_odds(tiny, row) - log_odds(tiny, without), abs=1e-5)
    _, against = explain.occlusion(tiny, "A good film, not a bad one!", label=0)
    assert np.allclose(against, -effects, atol=1e-5)


def test_occlusion_of_a_bag_leaves_words_out_of_the_text(dataset):
    model = baselines.tfidf_logistic_regression(dataset, ngrams=1)
    text = "A wonderful film, not a dull one"
    words, effects = explain.occlusion(model, text)
    assert words == text.split()
    whole, without = model.predict_logits([text, "A film, not a dull one"])
    gap = (whole[1] - whole[0]) - (without[1] - without[0])
    assert effects[1] == pytest.approx(gap, abs=1e-5)
    assert len(explain.occlusion(model, "one")[1]) == 1
    assert explain.occlusion(model, "")[0] == []


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
    classifier.save(attentive, tmp_path / "a.keras")
    again = classifier.load(tmp_path / "a.keras")
    before, after = (explain.attention(m, "not a good film")[1] for m in (attentive, again))
    assert np.allclose(before, after, atol=1e-3)  # the file keeps float16
