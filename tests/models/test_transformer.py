import keras
import numpy as np
import pytest
from support import WORDS, network


def test_without_positions_order_is_nothing():
    keras.utils.set_random_seed(0)
    built = network("transformer", **WORDS, feed_forward=6)
    table = built.get_layer("positions").table
    table.assign(np.zeros(table.shape))
    ids = np.array([[2, 3, 4, 5, 6]], "int32")
    there, back = built.predict_on_batch(ids), built.predict_on_batch(ids[:, ::-1])
    assert np.allclose(there, back, atol=1e-6)


def test_a_text_longer_than_its_positions_is_refused():
    built = network("transformer", **WORDS, feed_forward=6, max_length=5)
    with pytest.raises(Exception, match=r"(?i)shape|dimension"):
        built.predict_on_batch(np.ones((1, 6), "int32"))
