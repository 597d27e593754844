import keras
import numpy as np
from keras import ops
from support import WORDS

from lib.models import words


def test_vectors_are_the_scaled_table_and_the_mask_leaves_padding_out():
    ids, mask, x = words.word_vectors(**WORDS, embedding_scale=0.5)
    built = keras.Model(ids, [mask, x])
    batch = np.array([[4, 9, 0]], "int32")
    found_mask, vectors = (np.asarray(out) for out in built(batch))
    table = built.get_layer("embedding").get_weights()[0]
    assert found_mask.tolist() == [[True, True, False]]
    assert np.allclose(vectors[0], 0.5 * table[batch[0]])


def test_max_and_mean_are_over_the_text_alone():
    x = np.array([[[1.0, -5.0], [3.0, -1.0], [99.0, 99.0]]], "float32")
    mask = np.array([[True, True, False]])
    pooled = ops.convert_to_numpy(words.max_and_mean(ops.convert_to_tensor(x), mask))
    assert pooled.tolist() == [[3.0, -1.0, 2.0, -3.0]]
