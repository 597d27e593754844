import keras
import numpy as np
import pytest

from lib import models

WORDS = {"vocabulary_size": 50, "embedding_dim": 8}
SEQUENCE_MODELS = [
    ("rnn", {"units": 4}),
    ("lstm", {"units": 4}),
    ("lstm", {"units": 4, "bidirectional": True}),
    ("gru", {"units": 4, "bidirectional": True}),
    ("cnn", {"filters": 6}),
    ("dcnn", {"filters": [6, 4]}),
    ("lstm_attention", {"units": 4}),
    ("transformer", {"feed_forward": 6, "max_length": 30}),
]
READING_ORDER = [*SEQUENCE_MODELS, ("rnn_last_state", {"units": 4})]


@pytest.mark.parametrize(("name", "options"), SEQUENCE_MODELS)
def test_sequence_models_give_logits_and_ignore_padding(name, options):
    network = models.build(name, classes=3, **WORDS, **options)
    ids = np.random.default_rng(0).integers(1, 50, (4, 11)).astype("int32")
    logits = network.predict_on_batch(ids)
    assert logits.shape == (4, 3)
    assert network.output_shape == (None, 3)
    padded = np.pad(ids, ((0, 0), (0, 9)))
    assert np.allclose(network.predict_on_batch(padded), logits, atol=1e-6)


@pytest.mark.parametrize(("name", "options"), READING_ORDER)
def test_sequence_models_read_order(name, options):
    keras.utils.set_random_seed(0)
    network = models.build(name, **WORDS, **options)
    ids = np.array([[2, 3, 4, 5, 6]], "int32")
    there, back = network.predict_on_batch(ids), network.predict_on_batch(ids[:, ::-1])
    assert np.abs(there - back).max() > 1e-4


@pytest.mark.parametrize(("name", "options"), SEQUENCE_MODELS)
def test_one_word_is_enough(name, options):
    network = models.build(name, **WORDS, **options)
    assert np.isfinite(network.predict_on_batch(np.array([[7]], "int32"))).all()


def test_averages_do_not_read_order():
    keras.utils.set_random_seed(0)
    network = models.build("dan", **WORDS)
    ids = np.array([[2, 3, 4, 5, 6]], "int32")
    there, back = network.predict_on_batch(ids), network.predict_on_batch(ids[:, ::-1])
    assert np.allclose(there, back, atol=1e-6)
    assert np.abs(there - network.predict_on_batch(ids + 1)).max() > 1e-5


def test_ffnn_weighs_n_grams_by_their_ratio():
    network = models.build("ffnn", features=10, units=3)
    ids, values = np.array([[1, 4, 0]], "int32"), np.array([[1.0, 2.0, 0.0]], "float32")
    ratio = np.linspace(-1, 1, 11).astype("float32")[:, None]
    network.get_layer("ratio").embeddings.assign(ratio)
    kernel, bias = network.get_layer("hidden").get_weights()
    weighted = np.array([ratio[1, 0], 2 * ratio[4, 0]])
    weighted /= np.linalg.norm(weighted)
    hidden = np.maximum(weighted @ kernel[[1, 4]] + bias, 0)
    out_kernel, out_bias = network.get_layer("logits").get_weights()
    expected = hidden @ out_kernel + out_bias
    assert np.allclose(network.predict_on_batch([ids, values]), expected, atol=1e-6)
    nothing = network.predict_on_batch([0 * ids, 0 * values])
    assert np.allclose(nothing, np.maximum(bias, 0) @ out_kernel + out_bias, atol=1e-6)


def test_recurrent_matrices_start_orthogonal():
    (recurrent,) = (
        w for w in models.build("rnn", units=16, **WORDS).weights if "recurrent" in w.path
    )
    matrix = np.asarray(recurrent)
    assert np.allclose(matrix @ matrix.T, np.eye(16), atol=1e-5)


def test_complete_options_outlive_new_defaults():
    complete = models.complete("lstm", {"units": 8, "vocabulary_size": 50})
    assert complete["units"] == 8
    assert {"embedding_scale", "word_dropout", "dropout", "classes"} <= complete.keys()
    assert models.complete("linear", {"features": 3}) == {"features": 3, "classes": 2}


def test_linear_reads_a_bag():
    network = models.build("linear", features=10, classes=3)
    ids, values = np.array([[1, 4, 0]], "int32"), np.array([[1.0, 2.0, 0.0]], "float32")
    kernel, bias = network.get_weights()
    expected = kernel[1] + 2 * kernel[4] + bias
    assert np.allclose(network.predict_on_batch([ids, values]), expected, atol=1e-6)


def test_table_scales_and_encodes():
    options = {"means": [10.0, 1e5], "variances": [4.0, 1e8], "categories": [3], "units": ()}
    network = models.build("table", **options)
    kernel, bias = network.get_weights()
    row = np.array([[14, 1.2e5, 2]], "float32")
    expected = np.array([2, 2, 0, 0, 1]) @ kernel + bias
    assert np.allclose(network.predict_on_batch(row), expected, atol=1e-5)


def test_unknown_architecture_says_what_there_is():
    for call in (models.build, lambda name: models.complete(name, {})):
        with pytest.raises(ValueError, match=r"'perceptron'.*lstm"):
            call("perceptron")


def test_every_architecture_says_what_it_is():
    for name, function in models.ARCHITECTURES.items():
        assert len(function.__doc__) > 50, name
