"""The Transformer encoder, trained from scratch."""

import keras
from keras import layers, ops

from lib.models.layers import PositionEmbedding
from lib.models.words import classify, word_vectors


def transformer(
    *,
    max_length: int = 400,
    blocks: int = 2,
    heads: int = 4,
    feed_forward: int = 256,
    block_dropout: float = 0.1,
    dropout: float = 0.5,
    classes: int = 2,
    **words,
) -> keras.Model:
    """Transformer encoder (Vaswani et al. 2017), normalised before each part, averaged over time.

    The last normalisation stands behind the average, so that words may count unequally in it.
    Texts may be at most `max_length` words long. Options in `**words` are those of
    `lib.models.words.word_vectors`.
    """
    ids, mask, x = word_vectors(**words)
    width = x.shape[-1]
    x = PositionEmbedding(max_length, name="positions")(x)
    for block in range(1, blocks + 1):
        attention = layers.MultiHeadAttention(heads, width // heads, name=f"attention_{block}")
        normal = layers.LayerNormalization()(x)
        attended = attention(normal, normal, attention_mask=ops.expand_dims(mask, 1))
        x = x + layers.Dropout(block_dropout)(attended)
        normal = layers.LayerNormalization()(x)
        hidden = layers.Dense(feed_forward, activation="relu")(normal)
        x = x + layers.Dropout(block_dropout)(layers.Dense(width)(hidden))
    x = layers.GlobalAveragePooling1D()(x, mask=mask)
    x = layers.LayerNormalization()(x)
    return keras.Model(ids, classify(x, dropout=dropout, classes=classes), name="transformer")
