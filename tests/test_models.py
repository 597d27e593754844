import keras
import numpy as np
import pytest

from lib import models

SEQUENCE_MODELS = [
    ("lstm", {"vocabulary_size": 50, "embedding_dim": 6, "units": 4}),
    ("lstm", {"vocabulary_size": 50, "embedding_dim": 6, "units": 4, "bidirectional": True}),
]


@pytest.mark.parametrize(("name", "options"), SEQUENCE_MODELS)
def test_sequence_models_give_logits_and_ignore_padding(name, options):
    network = models.build(name, classes=3, **options)
    ids = np.random.default_rng(0).integers(1, 50, (4, 11)).astype("int32")
    logits = network.predict_on_batch(ids)
    assert logits.shape == (4, 3)
    assert network.output_shape == (None, 3)
    padded = np.pad(ids, ((0, 0), (0, 9)))
    assert np.allclose(network.predict_on_batch(padded), logits, atol=1e-6)


@pytest.mark.parametrize(("name", "options"), SEQUENCE_MODELS)
def test_sequence_models_read_order(name, options):
    keras.utils.set_random_seed(0)
    network = models.build(name, **options)
    ids = np.array([[2, 3, 4, 5, 6]], "int32")
    there, back = network.predict_on_batch(ids), network.predict_on_batch(ids[:, ::-1])
    assert np.abs(there - back).max() > 1e-4


def test_linear_reads_a_bag():
    network = models.build("linear", features=10, classes=3)
    ids, values = np.array([[1, 4, 0]], "int32"), np.array([[1.0, 2.0, 0.0]], "float32")
    kernel, bias = network.get_weights()
    expected = kernel[1] + 2 * kernel[4] + bias
    assert np.allclose(network.predict_on_batch([ids, values]), expected, atol=1e-6)


def test_unknown_architecture_says_what_there_is():
    with pytest.raises(ValueError, match=r"'perceptron'.*lstm"):
        models.build("perceptron")


def test_every_architecture_says_what_it_is():
    for name, function in models.ARCHITECTURES.items():
        assert len(function.__doc__) > 80, name
