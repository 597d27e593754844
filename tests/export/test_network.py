import keras
import pytest
from support import network

pytest.importorskip("onnxruntime", reason="needs requirements-serve.txt")

from lib.export.network import to_onnx

ENCODER = {"vocabulary_size": 3000, "num_layers": 2, "num_heads": 2, "hidden_dim": 16}
ENCODER |= {"intermediate_dim": 32, "max_sequence_length": 80}
WORDS = {"vocabulary_size": 3000, "embedding_dim": 32}
SIZES = {"ffnn": {"features": 3000}, "lstm_attention": WORDS}
SIZES |= {"encoder": {"pretrained": "any", "backbone": ENCODER}}


@pytest.mark.parametrize("name", SIZES)
def test_small_is_small(name):
    made = network(name, **SIZES[name])
    full, small = (len(to_onnx(made, small=s).SerializeToString()) for s in (False, True))
    assert small < 0.6 * full


def test_a_table_has_the_very_values_of_the_saved_file():
    from lib.models import storage

    made = network("dan", vocabulary_size=50, embedding_dim=16, units=8)
    storage.round_weights(made)
    full, small = to_onnx(made), to_onnx(made, small=True)
    (exact,) = (i for i in full.graph.initializer if list(i.dims) == [50, 16])
    (kept,) = (i for i in small.graph.initializer if list(i.dims) == [50, 16])
    assert exact.data_type == 1  # float32
    assert kept.data_type == 3  # int8


def test_inputs_keep_their_names_and_types_and_lengths_are_free():
    model = to_onnx(network("wide_and_deep", features=49, vocabulary_size=50))
    shapes = {
        given.name: (
            given.type.tensor_type.elem_type,
            [d.dim_param for d in given.type.tensor_type.shape.dim],
        )
        for given in model.graph.input
    }
    assert shapes == {
        "ids": (6, ["batch", "ids_1"]),
        "bag_ids": (6, ["batch", "bag_ids_1"]),
        "values": (1, ["batch", "values_1"]),
    }
    assert [given.name for given in model.graph.output] == ["logits"]


def test_a_layer_without_a_counterpart_is_named():
    inputs = keras.Input((4,), name="row")
    odd = keras.layers.GaussianNoise(0.1, name="noise")(keras.layers.Softmax(name="odd")(inputs))
    with pytest.raises(NotImplementedError, match="'odd', a Softmax"):
        to_onnx(keras.Model(inputs, odd))
