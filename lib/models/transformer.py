"""Transformer encoders, trained from scratch: as of 2017, and as of today.

Options in `**words` are those of `lib.models.words.word_vectors`.
"""

import keras
from keras import layers, ops

from lib.models.layers import PositionEmbedding, RotaryAttention
from lib.models.words import classify, pool, word_vectors


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
    Texts may be at most `max_length` words long.
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


def transformer_modern(
    *,
    blocks: int = 2,
    heads: int = 4,
    feed_forward: int = 128,
    positions: str = "rotary",
    gated: bool = True,
    convolution: int = 3,
    window: int | None = 32,
    biases: bool = False,
    pooling: str = "mean",
    block_dropout: float = 0.1,
    dropout: float = 0.5,
    classes: int = 2,
    **words,
) -> keras.Model:
    """Transformer encoder as in ModernBERT (Warner et al. 2024), small, each novelty an option.

    Without any of them it is `transformer`, but for what tells it positions.

    Args:
        blocks, heads: their numbers.
        feed_forward: width inside the feed-forward part.
        positions: `rotary` (Su et al. 2021), or `none`.
        gated: whether the feed-forward part is gated: GELU of one half times the other (GeGLU,
            Shazeer 2020), or else one layer with ReLU.
        convolution: words that a convolution before the first block looks at; 0 for none.
        window: how many words to either side every other block attends to, from the first on; None
            lets all blocks attend to all words.
        pooling: over time, the `mean`, the `max`, or `max_and_mean` as in the recurrent networks.
        biases: whether linear layers and normalisation have biases.
        block_dropout: of what each part adds.
        dropout: before the last layer.
        classes: outputs.
        words: see the head of this module.
    """
    ids, mask, x = word_vectors(**words)
    width = x.shape[-1]
    if convolution:
        x = x * ops.cast(ops.expand_dims(mask, -1), x.dtype)  # past its end a text is zeros
        near = layers.Conv1D(width, convolution, padding="same", use_bias=biases, name="near")
        x = x + layers.Activation("gelu")(near(x))
    for block in range(blocks):
        attention = RotaryAttention(
            heads,
            rotary=positions == "rotary",
            window=None if block % 2 else window,
            use_bias=biases,
            name=f"attention_{block + 1}",
        )
        normal = layers.LayerNormalization(center=biases)(x)
        x = x + layers.Dropout(block_dropout)(attention(normal, mask=mask))
        normal = layers.LayerNormalization(center=biases)(x)
        if gated:
            inside = layers.Dense(feed_forward, use_bias=biases)(normal)
            gate = layers.Dense(feed_forward, activation="gelu", use_bias=biases)(normal)
            inside = inside * gate
        else:
            inside = layers.Dense(feed_forward, activation="relu", use_bias=biases)(normal)
        outside = layers.Dense(width, use_bias=biases)(inside)
        x = x + layers.Dropout(block_dropout)(outside)
    x = pool(x, mask, pooling)
    x = layers.LayerNormalization(center=biases)(x)
    logits = classify(x, dropout=dropout, classes=classes)
    return keras.Model(ids, logits, name="transformer_modern")
