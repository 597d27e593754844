import keras
import numpy as np
from support import WORDS, network


def test_recurrent_matrices_start_orthogonal():
    built = network("rnn", units=16, **WORDS)
    (recurrent,) = (weight for weight in built.weights if "recurrent" in weight.path)
    matrix = np.asarray(recurrent)
    assert np.allclose(matrix @ matrix.T, np.eye(16), atol=1e-5)


def test_both_ways_are_twice_as_wide_and_start_at_the_text_not_in_its_padding():
    keras.utils.set_random_seed(0)
    built = network("lstm", units=4, bidirectional=True, **WORDS)
    layer = built.get_layer("bilstm")
    states = keras.Model(built.input, layer.output)
    ids = np.array([[5, 6, 7]], "int32")
    short, long = (np.asarray(states(x)) for x in (ids, np.pad(ids, ((0, 0), (0, 5)))))
    assert short.shape == (1, 3, 8)
    assert np.allclose(long[:, :3], short, atol=1e-6)


def test_the_last_state_alone_reads_padding():
    """Which is why its texts are padded in front."""
    keras.utils.set_random_seed(0)
    built = network("rnn_last_state", units=4, **WORDS)
    ids = np.array([[5, 6, 7]], "int32")
    behind = built.predict_on_batch(np.pad(ids, ((0, 0), (0, 5))))
    assert np.abs(behind - built.predict_on_batch(ids)).max() > 1e-5
