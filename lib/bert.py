"""BERT's encoder in Keras layers, laid out for speed on a processor.

It computes what KerasHub's `DistilBertBackbone` computes, and takes its weights. Its dense layers
see the words of a batch as rows of one matrix, because TensorFlow then runs matrix product, bias
and activation in one pass; `tests/bench/encoders.py` measures what that gains.
"""

import keras
from keras import layers, ops

from lib.layers import PositionEmbedding

EPSILON = 1e-12  # of every layer normalisation


@keras.saving.register_keras_serializable(package="lib")
class EncoderBlock(keras.layers.Layer):
    """Self-attention and a feed-forward net, each added to its input and then normalised.

    Vaswani et al. (2017, §3.1), with exact GELU as in BERT (Devlin et al. 2019).

    Inputs: states `(batch, time, width)`, and a mask bool `(batch, time)`, False where there is
    padding, which no word attends to. Output: states of the same shape; those of padding mean
    nothing.

    Args:
        heads: of the attention; `width` must be a multiple.
        feed_forward: width of the feed-forward net's hidden layer.
        dropout: on what attention and feed-forward net add, while training.
        seed: of dropout.

    Raises:
        ValueError: `width` is no multiple of `heads`.
    """

    def __init__(
        self, heads: int, feed_forward: int, *, dropout: float = 0.0, seed: int = 0, **kwargs
    ):
        super().__init__(**kwargs)
        self.heads = heads
        self.feed_forward = feed_forward
        self.dropout = dropout
        self.seed = seed

    def build(self, states_shape, mask_shape=None):
        width = states_shape[-1]
        if width % self.heads:
            raise ValueError(f"A width of {width} can't be divided among {self.heads} heads.")

        def dense(inputs, units, name, activation=None):
            layer = layers.Dense(units, activation, name=name, dtype=self.dtype_policy)
            layer.build((None, inputs))
            return layer

        def norm(name):
            layer = layers.LayerNormalization(epsilon=EPSILON, name=name, dtype=self.dtype_policy)
            layer.build((None, width))
            return layer

        self.query = dense(width, width, "query")
        self.key = dense(width, width, "key")
        self.value = dense(width, width, "value")
        self.mix = dense(width, width, "mix")
        self.attention_norm = norm("attention_norm")
        self.output_norm = norm("output_norm")
        self.expand = dense(width, self.feed_forward, "expand", "gelu")
        self.contract = dense(self.feed_forward, width, "contract")
        self.drop = layers.Dropout(self.dropout, seed=self.seed, dtype=self.dtype_policy)

    def call(self, states, mask, training=False):
        shape = ops.shape(states)
        words = ops.reshape(states, (-1, shape[-1]))
        attended = self.mix(self.attend(words, mask, shape))
        words = self.attention_norm(words + self.drop(attended, training=training))
        added = self.contract(self.expand(words))
        words = self.output_norm(words + self.drop(added, training=training))
        return ops.reshape(words, shape)

    def attend(self, words, mask, shape):
        """Return what each word receives from the others, all heads side by side.

        Args:
            words: `(batch * time, width)`.
            mask: bool `(batch, time)`.
            shape: `(batch, time, width)`.
        """
        batch, time, width = shape
        split = (batch, time, self.heads, width // self.heads)
        query = ops.transpose(ops.reshape(self.query(words), split), (0, 2, 1, 3))
        key = ops.transpose(ops.reshape(self.key(words), split), (0, 2, 3, 1))
        value = ops.transpose(ops.reshape(self.value(words), split), (0, 2, 1, 3))
        scores = ops.matmul(query * (width // self.heads) ** -0.5, key)
        scores = ops.where(mask[:, None, None, :], scores, ops.cast(-1e9, scores.dtype))
        received = ops.matmul(ops.softmax(scores), value)
        return ops.reshape(ops.transpose(received, (0, 2, 1, 3)), (-1, width))

    def compute_output_shape(self, states_shape, mask_shape=None):
        return states_shape

    def get_config(self):
        return {
            **super().get_config(),
            "heads": self.heads,
            "feed_forward": self.feed_forward,
            "dropout": self.dropout,
            "seed": self.seed,
        }


def encoder(
    *,
    vocabulary_size: int,
    num_layers: int,
    num_heads: int,
    hidden_dim: int,
    intermediate_dim: int,
    max_sequence_length: int,
    trained_blocks: int,
    concatenated: int,
    dropout: float,
    dtype: str,
    seed: int,
) -> keras.Model:
    """Return a model called `encoder`, from ids int32 `(batch, time)` to states.

    Id 0 is padding. The sizes are called as KerasHub calls them. A state has `hidden_dim` features
    times `concatenated`.

    Args:
        vocabulary_size: word pieces.
        num_layers: blocks.
        num_heads: of the attention in each.
        hidden_dim: width of the states.
        intermediate_dim: width of the feed-forward nets' hidden layers.
        max_sequence_length: positions.
        trained_blocks: how many of the topmost blocks may be trained; all else is fixed.
        concatenated: how many of the topmost blocks' states are put side by side.
        dropout: in the blocks, while training.
        dtype: the layers' policy, `float32` or `mixed_bfloat16`.
        seed: of dropout.

    Raises:
        ValueError: more blocks are to be put side by side than there are.
    """
    if not 1 <= concatenated <= num_layers:
        raise ValueError(f"concatenated={concatenated}, but there are {num_layers} blocks.")
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = ops.not_equal(ids, 0)
    x = layers.Embedding(vocabulary_size, hidden_dim, name="pieces", dtype=dtype)(ids)
    x = PositionEmbedding(max_sequence_length, name="positions", dtype=dtype)(x)
    x = layers.LayerNormalization(epsilon=EPSILON, name="norm", dtype=dtype)(x)
    options = {"dropout": dropout, "seed": seed, "dtype": dtype}
    states = []
    for number in range(1, num_layers + 1):
        block = EncoderBlock(num_heads, intermediate_dim, name=f"block_{number}", **options)
        x = block(x, mask)
        states.append(x)
    if concatenated > 1:
        x = layers.Concatenate(name="states", dtype=dtype)(states[-concatenated:])
    model = keras.Model(ids, x, name="encoder")
    model.trainable = bool(trained_blocks)
    first = num_layers - trained_blocks + 1
    trained = {f"block_{number}" for number in range(first, num_layers + 1)}
    for layer in model.layers:
        layer.trainable = layer.name in trained
    return model


def take_weights(model: keras.Model, backbone) -> None:
    """Give an `encoder` the weights of a KerasHub `DistilBertBackbone` of the same sizes.

    Raises:
        ValueError: a weight has another size.
    """
    for ours, theirs in zip(model.weights, backbone.weights, strict=True):
        ours.assign(theirs.numpy().reshape(ours.shape))  # theirs have an axis for the heads
