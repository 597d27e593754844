"""Every architecture as ONNX, against Keras."""

import keras
import numpy as np
import pytest
from support import LENGTHS, network

onnxruntime = pytest.importorskip("onnxruntime", reason="needs requirements-serve.txt")

from lib import models
from lib.export.network import to_onnx
from lib.export.operators import OPERATORS

WORDS = {"vocabulary_size": 50, "embedding_dim": 16}
BACKBONE = {"vocabulary_size": 50, "num_layers": 2, "num_heads": 2, "hidden_dim": 8}
BACKBONE |= {"intermediate_dim": 16, "max_sequence_length": 80}
BARE = {"gated": False, "positions": "none", "convolution": 0, "window": None, "biases": True}
BOTH = {"bidirectional": True}
OTHER = {
    "ffnn": {"features": 49},
    "tfidf_lr": {"features": 49},
    "nbsvm": {"features": 49},
    "linear_svm": {"features": 49},
    "complement_naive_bayes": {"features": 49},
    "table": {"means": [0.0, 2.0], "variances": [1.0, 3.0], "categories": [3, 2]},
    "wide_and_deep": WORDS | {"features": 49},
    "encoder": {"pretrained": "any", "backbone": BACKBONE, "concatenated": 2},
}
CASES = [(name, OTHER.get(name, WORDS)) for name in models.ARCHITECTURES]
CASES += [(name, WORDS | BOTH) for name in ("rnn", "lstm", "gru")]
CASES += [(name, WORDS | BOTH | {"pooling": "last_state"}) for name in ("rnn", "lstm", "gru")]
CASES += [(name, WORDS | {"bidirectional": False}) for name in ("min_gru", "lru")]
CASES += [
    ("lstm", WORDS | {"pooling": "last_state"}),
    ("cnn", WORDS | {"pooling": "max", "kernel_sizes": (3,)}),
    ("rnn_last_state", WORDS | {"activation": "tanh", "depth": 1}),
    ("transformer_modern", WORDS | BARE | {"pooling": "max_and_mean"}),
    ("transformer_modern", WORDS | {"window": 3}),
    ("encoder", OTHER["encoder"] | {"concatenated": 1, "pooling": "first"}),
]


def grown(name, options):
    """An untrained network whose weights are far enough from zero, or mistakes would not show."""
    keras.utils.set_random_seed(3)
    made = network(name, **options)
    draw = np.random.default_rng(0)
    for weight in made.weights:
        if weight.dtype == "float32":  # recurrences stay stable, or any rounding would grow
            scale = 0.03 if "recurrent_kernel" in weight.path else 0.15
            weight.assign(weight.numpy() + draw.normal(size=weight.shape, scale=scale))
    return made


def batch_for(made, lengths):
    """What a vectorizer would give, padding included."""
    draw, shape = np.random.default_rng(1), (len(lengths), max(2, *lengths))
    there = np.arange(shape[1]) < np.array(lengths)[:, None]
    row = np.array([[0.5, 3.0, 2.0, 1.0], [-1.0, 0.0, 0.0, 0.0]], "float32")
    made_of = {
        "ids": draw.integers(1, 50, shape) * there,
        "bag_ids": draw.integers(1, 50, shape) * there,
        "values": draw.uniform(0.2, 1, shape).astype("float32") * there,
        "row": row[np.arange(len(lengths)) % 2],
    }
    types = {"int32": "int32", "float32": "float32"}
    return {t.name: made_of[t.name].astype(types[t.dtype]) for t in made.inputs}


def answers(made, onnx_model, lengths):
    batch = batch_for(made, lengths)
    session = onnxruntime.InferenceSession(onnx_model.SerializeToString())
    arrays = list(batch.values())
    keras_says = made.predict_on_batch(arrays if len(arrays) > 1 else arrays[0])
    return keras_says, session.run(["logits"], batch)[0]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_equal_to_keras_at_every_length(name, options):
    made = grown(name, options)
    model = to_onnx(made)
    for lengths in (LENGTHS, (1, 1), (70, 3)):
        expected, found = answers(made, model, lengths)
        assert found.dtype == "float32"
        assert np.abs(expected).max() > 0.02  # there is something to get wrong
        np.testing.assert_allclose(found, expected, atol=1e-4, err_msg=f"{name} {lengths}")


WINDOWS = ("encoder", OTHER["encoder"] | {"window": 4})


@pytest.mark.parametrize("lengths", [(12, 3), (4, 1), (3, 2), (8, 8)])
def test_windows_are_cut_and_joined_as_in_keras(lengths):
    name, options = WINDOWS
    made = grown(name, options)
    expected, found = answers(made, to_onnx(made), lengths)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize(("name", "options"), CASES[: len(models.ARCHITECTURES)])
def test_small_is_nearly_equal(name, options):
    made = grown(name, options)
    expected, found = answers(made, to_onnx(made, small=True), LENGTHS)
    assert np.abs(found - expected).max() < 0.15 * np.abs(expected).max() + 0.02


def test_every_layer_of_our_networks_is_in_the_table_and_nothing_else():
    used = set()

    def collect(made):
        for operation in made.operations:
            if isinstance(operation, keras.Model):
                collect(operation)
            else:
                used.add(type(operation).__name__)

    for name, options in [*CASES, WINDOWS]:
        collect(network(name, **options))
    assert used - {"InputLayer"} == set(OPERATORS)
