"""Layers that Keras does not have. All are registered, and run on any backend."""

import keras
from keras import ops

from lib.text.sequence import UNKNOWN


@keras.saving.register_keras_serializable(package="lib")
class WordDropout(keras.layers.Layer):
    """Replaces whole words by the unknown word while training (Iyyer et al. 2015, §3).

    Input and output: int32 ids `(batch, time)`. Padding stays padding. At inference the ids pass
    unchanged. As in all layers here, `keras.utils.set_random_seed` before a model is built fixes
    what is drawn: equal layers with a seed of their own would draw equal masks.

    Args:
        rate: probability that a word is replaced.
    """

    def __init__(self, rate: float, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, ids, training=False):
        if not training or self.rate == 0:
            return ids
        drawn = keras.random.uniform(ops.shape(ids), seed=self.seed_generator)
        replace = ops.logical_and(drawn < self.rate, ops.not_equal(ids, 0))
        return ops.where(replace, ops.cast(UNKNOWN, ids.dtype), ids)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


@keras.saving.register_keras_serializable(package="lib")
class PositionEmbedding(keras.layers.Layer):
    """Adds a learned vector for each position, so that attention can tell word orders apart.

    Input and output: `(batch, time, features)`, `time` at most `max_length`. A mask passes on.

    Args:
        max_length: positions that have a vector.
    """

    def __init__(self, max_length: int, **kwargs):
        super().__init__(**kwargs)
        self.max_length = max_length
        self.supports_masking = True

    def build(self, input_shape):
        self.table = self.add_weight(
            name="table",
            shape=(self.max_length, input_shape[-1]),
            initializer=keras.initializers.RandomNormal(stddev=0.02),
        )

    def call(self, inputs):
        return inputs + self.table[: ops.shape(inputs)[1]]

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "max_length": self.max_length}


@keras.saving.register_keras_serializable(package="lib")
class SparseDense(keras.layers.Layer):
    """A dense layer on a bag of features, given as the features' ids and values.

    The product of a sparse row with a weight matrix is the sum of the rows of that matrix that the
    ids name, each times its value: a bag of embeddings. Only those rows are read.

    Inputs: ids int32 `(batch, n)`, from 1 on; values float32 `(batch, n)`, 0 for padding.
    Output: float32 `(batch, units)`.

    Args:
        features: size of the bag's vocabulary; ids go from 1 to `features`.
        units: width of the output.
    """

    def __init__(self, features: int, units: int, **kwargs):
        super().__init__(**kwargs)
        self.features = features
        self.units = units

    def build(self, ids_shape, values_shape):
        self.kernel = self.add_weight(
            name="kernel", shape=(self.features + 1, self.units), initializer="glorot_uniform"
        )
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, ids, values):
        rows = ops.take(self.kernel, ids, axis=0)  # (batch, n, units)
        return ops.squeeze(ops.matmul(ops.expand_dims(values, 1), rows), 1) + self.bias

    def get_config(self):
        return {**super().get_config(), "features": self.features, "units": self.units}
