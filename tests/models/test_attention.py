import keras
import numpy as np
from support import WORDS, network


def test_the_pooled_state_is_the_weighted_mean_of_the_states():
    keras.utils.set_random_seed(0)
    built = network("lstm_attention", units=4, **WORDS)
    layer = built.get_layer("attention")
    states, mask = keras.Model(built.input, layer.input)(np.array([[5, 6, 7, 0]], "int32"))
    weights = np.asarray(layer.weights_over_time(states, mask))
    assert weights[0, 3] == 0
    assert np.isclose(weights.sum(), 1)
    pooled = np.asarray(layer(states, mask=mask))
    assert np.allclose(pooled, (weights[..., None] * np.asarray(states)).sum(axis=1), atol=1e-6)
