import keras
import numpy as np
import pytest
from support import WORDS, network

from lib import models
from lib.models import architectures

SEQUENCE_MODELS = [
    ("rnn", {"units": 4}),
    ("lstm", {"units": 4}),
    ("lstm", {"units": 4, "bidirectional": True}),
    ("gru", {"units": 4, "bidirectional": True}),
    ("cnn", {"filters": 6}),
    ("cnn", {"filters": 6, "pooling": "max"}),
    ("dcnn", {"filters": [6, 4]}),
    ("lstm_attention", {"units": 4}),
    ("transformer", {"feed_forward": 6, "max_length": 30}),
    ("transformer_modern", {"feed_forward": 6, "heads": 2, "window": 2}),
    ("transformer_modern", {"heads": 2, "pooling": "max_and_mean"}),
    ("transformer_modern", {"heads": 2, "positions": "none", "gated": False, "biases": True}),
    ("min_gru", {"units": 4}),
    ("lru", {"units": 4}),
    ("rnn", {"units": 4, "pooling": "last_state"}),
    ("lstm", {"units": 4, "pooling": "mean"}),
    ("lstm", {"units": 4, "pooling": "max", "bidirectional": True}),
    ("gru", {"units": 4, "pooling": "last_state", "bidirectional": True}),
]
READING_ORDER = [*SEQUENCE_MODELS, ("rnn_last_state", {"units": 4})]


@pytest.mark.parametrize(("name", "options"), SEQUENCE_MODELS)
def test_sequence_models_give_logits_and_ignore_padding(name, options):
    built = network(name, classes=3, **WORDS, **options)
    ids = np.random.default_rng(0).integers(1, 50, (4, 11)).astype("int32")
    logits = built.predict_on_batch(ids)
    assert logits.shape == (4, 3)
    assert built.output_shape == (None, 3)
    padded = np.pad(ids, ((0, 0), (0, 9)))
    assert np.allclose(built.predict_on_batch(padded), logits, atol=1e-6)


@pytest.mark.parametrize(("name", "options"), READING_ORDER)
def test_sequence_models_read_order(name, options):
    keras.utils.set_random_seed(0)
    built = network(name, **WORDS, **options)
    ids = np.array([[2, 3, 4, 5, 6]], "int32")
    there, back = built.predict_on_batch(ids), built.predict_on_batch(ids[:, ::-1])
    assert np.abs(there - back).max() > 1e-4


@pytest.mark.parametrize(("name", "options"), SEQUENCE_MODELS)
def test_one_word_is_enough(name, options):
    built = network(name, **WORDS, **options)
    assert np.isfinite(built.predict_on_batch(np.array([[7]], "int32"))).all()


def test_equal_layers_draw_different_dropout_masks():
    """With one integer seed in each layer, two layers of a shape dropped the same units."""
    keras.utils.set_random_seed(0)
    built = network("transformer", **WORDS, blocks=2)
    drops = [
        layer for layer in built.layers if isinstance(layer, keras.layers.Dropout) and layer.rate
    ]
    ones = np.ones((2, 40, 8), "float32")
    masks = [np.asarray(layer(ones, training=True)) == 0 for layer in drops]
    assert len(masks) >= 4
    for position, mask in enumerate(masks):
        for other in masks[position + 1 :]:
            assert not np.array_equal(mask, other)


def test_complete_options_outlive_new_defaults():
    complete = architectures.complete("lstm", {"units": 8, "vocabulary_size": 50})
    assert complete["units"] == 8
    assert {"embedding_scale", "word_dropout", "dropout", "classes"} <= complete.keys()
    assert architectures.complete("nbsvm", {"features": 3}) == {"features": 3, "classes": 2}


def test_unknown_architecture_says_what_there_is():
    for call in (architectures.find, lambda name: architectures.complete(name, {})):
        with pytest.raises(ValueError, match=r"'perceptron'.*lstm"):
            call("perceptron")


def test_every_architecture_says_what_it_is():
    for name, architecture in models.ARCHITECTURES.items():
        assert len((architecture.solve or architecture.network).__doc__) > 50, name
