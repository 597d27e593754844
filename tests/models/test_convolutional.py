import keras
import numpy as np
from support import WORDS, network


def test_a_filter_is_found_wherever_it_stands():
    keras.utils.set_random_seed(0)
    built = network("cnn", filters=4, kernel_sizes=(2,), **WORDS)
    pooled = keras.Model(built.input, built.get_layer("logits").input)
    texts = np.array([[2, 9, 8, 2, 2, 2, 2, 2], [2, 2, 2, 2, 9, 8, 2, 2]], "int32")
    there, here = np.asarray(pooled(texts))
    assert there.shape == (8,)  # largest and mean value of each filter
    assert there[:4].max() > 0
    assert np.allclose(there, here, atol=1e-6)


def test_dynamic_pooling_leaves_top_values_of_any_text():
    built = network("dcnn", filters=(6, 4), top=3, **WORDS)
    flat = keras.Model(built.input, built.get_layer("logits").input)
    for words in (1, 5, 40):
        ids = np.full((2, words), 7, "int32")
        assert flat(ids).shape == (2, 3 * 2)  # 4 filters, folded in pairs
