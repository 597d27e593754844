import keras
import numpy as np
import pytest

from lib import data, models

SMALL = {"embedding_dim": 8, "units": 4, "vocabulary_size": 200, "max_length": 30}


def test_one_call_makes_a_model_that_answers(dataset, workspace):
    built = models.build("lstm", dataset, **SMALL)
    assert built.options["vocabulary_size"] == len(built.vectorizer.vocabulary) + 2 <= 200
    assert built.vectorizer.max_length == 30
    assert built.label_names == dataset.label_names
    assert built.predict_proba(["A good film."]).shape == (1, 2)


def test_same_seed_same_weights_and_another_seed_others(dataset, workspace):
    weights = {
        name: models.build("gru", dataset, seed=seed, **SMALL).network.get_weights()
        for name, seed in (("one", 0), ("again", 0), ("other", 1))
    }
    for one, again in zip(weights["one"], weights["again"], strict=True):
        assert np.array_equal(one, again)
    pairs = zip(weights["one"], weights["other"], strict=True)
    differ = [not np.array_equal(one, other) for one, other in pairs]
    assert differ[0], "the word vectors"
    assert sum(differ) >= 4  # all but the biases, which start at zero


def test_variants_share_what_was_read_of_the_texts_but_not_the_vectorizer(dataset, monkeypatch):
    fits, vectorizer = [], models.ARCHITECTURES["ffnn"].vectorizer
    fit = vectorizer.fit

    def counted(self, texts):
        fits.append(len(texts))
        return fit(self, texts)

    monkeypatch.setattr(vectorizer, "fit", counted)
    one = models.build("ffnn", dataset, ngrams=1, units=4)
    two = models.build("ffnn", dataset, ngrams=1, units=8, seed=1)
    assert len(fits) == 1
    assert one.vectorizer.vocabulary == two.vectorizer.vocabulary
    one.vectorizer.fit(["Nothing but this."] * 2)
    assert len(one.vectorizer.vocabulary) < len(two.vectorizer.vocabulary)
    models.build("ffnn", dataset, ngrams=2, units=4)
    models.build("ffnn", data.subset(dataset, 20, seed=0), ngrams=2, units=4)
    assert len(fits) == 4


def test_every_network_starts_from_its_seed_whatever_was_drawn_before(dataset, workspace):
    first = models.build("cnn", dataset, seed=3, embedding_dim=8, filters=4).network.get_weights()
    keras.random.uniform((5,))
    np.random.default_rng().normal()
    again = models.build("cnn", dataset, seed=3, embedding_dim=8, filters=4).network.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_a_transformer_has_as_many_positions_as_its_vectorizer_reads(dataset, workspace):
    built = models.build("transformer", dataset, max_length=25, embedding_dim=8, feed_forward=8)
    assert built.options["max_length"] == built.vectorizer.max_length == 25
    assert np.isfinite(built.predict_proba(["good " * 100])).all()


def test_an_option_of_neither_part_is_refused(dataset):
    with pytest.raises(ValueError, match=r"lstm has no option \['unit'\]; it has .*'units'"):
        models.build("lstm", dataset, unit=4)
    with pytest.raises(ValueError, match="'perceptron'"):
        models.build("perceptron", dataset)
    with pytest.raises(ValueError, match="head\\+tail"):
        models.build("lstm", dataset, truncation="middle")


def test_an_architecture_of_ones_own_is_built_like_the_others(dataset, workspace, monkeypatch):
    def fasttext(*, dropout=0.5, classes=2, **words):
        ids, mask, x = models.words.word_vectors(**words)
        x = keras.layers.GlobalAveragePooling1D()(x, mask=mask)
        return keras.Model(ids, models.words.classify(x, dropout=dropout, classes=classes))

    monkeypatch.setitem(models.ARCHITECTURES, "fasttext", models.Architecture(fasttext))
    built = models.build("fasttext", dataset, embedding_dim=8, names="out")
    assert built.vectorizer.names == "out"
    built.save(workspace / "fasttext.keras")
    again = models.load(workspace / "fasttext.keras")
    built.round_weights()
    texts = dataset.test.texts[:5]
    assert np.allclose(again.predict_proba(texts), built.predict_proba(texts), atol=1e-6)


def test_a_table_is_built_from_its_columns(workspace):
    customers = data.load("churn")
    columns = {"numbers": data.churn.NUMBERS, "categories": data.churn.CATEGORIES}
    built = models.build("table", customers, **columns, units=(8,))
    assert built.options["categories"] == [3, 2]
    assert built.predict_proba(customers.test.texts[:3]).shape == (3, 2)
