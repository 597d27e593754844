"""BERT's encoder in Keras layers, laid out for speed on a processor.

DistilBERT has the same blocks. The dense layers see the words of a batch as rows of one matrix,
because TensorFlow then runs matrix product, bias and activation in one pass;
`tests/bench/encoders.py` measures what that gains.
"""

import keras
from keras import layers, ops

from lib.models.layers import PositionEmbedding

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

    Raises:
        ValueError: `width` is no multiple of `heads`.
    """

    def __init__(self, heads: int, feed_forward: int, *, dropout: float = 0.0, **kwargs):
        super().__init__(**kwargs)
        self.heads = heads
        self.feed_forward = feed_forward
        self.dropout = dropout

    def build(self, states_shape, mask_shape=None):
        width = states_shape[-1]
        if width % self.heads:
            raise ValueError(f"A width of {width} can't be divided among {self.heads} heads.")

        def built(layer, inputs=width):
            layer.build((None, inputs))
            return layer

        policy = {"dtype": self.dtype_policy}
        norm = {"epsilon": EPSILON} | policy
        self.query = built(layers.Dense(width, name="query", **policy))
        self.key = built(layers.Dense(width, name="key", **policy))
        self.value = built(layers.Dense(width, name="value", **policy))
        self.mix = built(layers.Dense(width, name="mix", **policy))
        self.attention_norm = built(layers.LayerNormalization(name="attention_norm", **norm))
        self.output_norm = built(layers.LayerNormalization(name="output_norm", **norm))
        self.expand = built(layers.Dense(self.feed_forward, "gelu", name="expand", **policy))
        self.contract = built(layers.Dense(width, name="contract", **policy), self.feed_forward)
        self.drop = layers.Dropout(self.dropout, **policy)

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
        own = {"heads": self.heads, "feed_forward": self.feed_forward, "dropout": self.dropout}
        return {**super().get_config(), **own}


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
) -> keras.Model:
    """Return a model called `encoder`, from ids int32 `(batch, time)` to states.

    Id 0 is padding. A state has `hidden_dim` features times `concatenated`. The first arguments are
    sizes, called as KerasHub calls them.

    Args:
        vocabulary_size, max_sequence_length: word pieces, and positions.
        num_layers, num_heads: blocks, and heads of the attention in each.
        hidden_dim, intermediate_dim: width of the states, and of the feed-forward nets' insides.
        trained_blocks: how many of the topmost blocks may be trained; all else is fixed.
        concatenated: how many of the topmost blocks' states are put side by side.
        dropout: in the blocks, while training.
        dtype: the layers' policy, `float32` or `mixed_bfloat16`.

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
    states = []
    for number in range(1, num_layers + 1):
        x = EncoderBlock(
            num_heads, intermediate_dim, dropout=dropout, name=f"block_{number}", dtype=dtype
        )(x, mask)
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
