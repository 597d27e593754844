import keras
import numpy as np
from support import WORDS, network


def test_averages_do_not_read_order():
    keras.utils.set_random_seed(0)
    built = network("dan", **WORDS)
    ids = np.array([[2, 3, 4, 5, 6]], "int32")
    there, back = built.predict_on_batch(ids), built.predict_on_batch(ids[:, ::-1])
    assert np.allclose(there, back, atol=1e-6)
    assert np.abs(there - built.predict_on_batch(ids + 1)).max() > 1e-5


def test_ffnn_weighs_n_grams_by_their_ratio():
    built = network("ffnn", features=10, units=3)
    ids, values = np.array([[1, 4, 0]], "int32"), np.array([[1.0, 2.0, 0.0]], "float32")
    ratio = np.linspace(-1, 1, 11).astype("float32")[:, None]
    built.get_layer("ratio").embeddings.assign(ratio)
    kernel, bias = built.get_layer("hidden").get_weights()
    weighted = np.array([ratio[1, 0], 2 * ratio[4, 0]])
    weighted /= np.linalg.norm(weighted)
    hidden = np.maximum(weighted @ kernel[[1, 4]] + bias, 0)
    out_kernel, out_bias = built.get_layer("logits").get_weights()
    expected = hidden @ out_kernel + out_bias
    assert np.allclose(built.predict_on_batch([ids, values]), expected, atol=1e-6)
    nothing = built.predict_on_batch([0 * ids, 0 * values])
    assert np.allclose(nothing, np.maximum(bias, 0) @ out_kernel + out_bias, atol=1e-6)


def test_table_scales_and_encodes():
    options = {"means": [10.0, 1e5], "variances": [4.0, 1e8], "categories": [3], "units": ()}
    built = network("table", **options)
    kernel, bias = built.get_weights()
    row = np.array([[14, 1.2e5, 2]], "float32")
    expected = np.array([2, 2, 0, 0, 1]) @ kernel + bias
    assert np.allclose(built.predict_on_batch(row), expected, atol=1e-5)
