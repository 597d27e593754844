"""The few layers that Keras does not have. All are registered, and run on any backend."""

import keras
from keras import ops

from lib.vectorizers import UNKNOWN


@keras.saving.register_keras_serializable(package="lib")
class WordDropout(keras.layers.Layer):
    """Replaces whole words by the unknown word while training (Iyyer et al. 2015, §3).

    Input and output: int32 ids `(batch, time)`. Padding stays padding. At inference the ids pass
    unchanged.

    Args:
        rate: probability that a word is replaced.
        seed: of the random draws.
    """

    def __init__(self, rate: float, *, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, ids, training=False):
        if not training or self.rate == 0:
            return ids
        drawn = keras.random.uniform(ops.shape(ids), seed=self.seed_generator)
        replace = ops.logical_and(drawn < self.rate, ops.not_equal(ids, 0))
        return ops.where(replace, ops.cast(UNKNOWN, ids.dtype), ids)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


@keras.saving.register_keras_serializable(package="lib")
class MaskedMaxPooling1D(keras.layers.Layer):
    """The largest value of each feature over time, padding left out.

    Keras's `GlobalMaxPooling1D` ignores masks and so reads padding as text.

    Input: `(batch, time, features)`, with a boolean mask `(batch, time)`, given or attached.
    Output: `(batch, features)`, without a mask. A text that is all padding gives zeros.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        if mask is None:
            return ops.max(inputs, axis=1)
        keep = ops.expand_dims(mask, -1)
        lowest = ops.cast(-1e4, inputs.dtype)  # finite in float16, below any activation
        largest = ops.max(ops.where(keep, inputs, lowest), axis=1)
        return ops.where(ops.any(keep, axis=1), largest, ops.zeros_like(largest))

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])


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

    def compute_output_shape(self, ids_shape, values_shape):
        return (ids_shape[0], self.units)

    def get_config(self):
        return {**super().get_config(), "features": self.features, "units": self.units}
