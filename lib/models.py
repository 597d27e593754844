"""The architectures, one function each. They know word ids, nothing of text.

Each takes keyword options and returns an uncompiled functional model that gives logits of shape
`(batch, classes)`. `build(name, **options)` finds them by name, so that a saved classifier needs to
store only the name and the options. Options in `**words` are those of `word_vectors`.
"""

import inspect

import keras
from keras import layers, ops

from lib import bert, checkpoints, encoders
from lib.layers import (
    AttentionPooling1D,
    DynamicKMaxPooling1D,
    MaskedMaxPooling1D,
    PositionEmbedding,
    SparseDense,
    WordDropout,
)
from lib.text import check_choice


def linear(*, features: int, classes: int = 2) -> keras.Model:
    """Multinomial logistic regression on a bag of n-grams: one weight per n-gram and class.

    Inputs: ids int32 `(batch, n)`, 0 pads; values float32 `(batch, n)`.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    values = keras.Input((None,), dtype="float32", name="values")
    logits = SparseDense(features, classes, name="logits")(ids, values)
    return keras.Model([ids, values], logits, name="linear")


def ffnn(
    *,
    features: int,
    units: int = 16,
    bag_dropout: float = 0.5,
    dropout: float = 0.5,
    classes: int = 2,
    seed: int = 0,
) -> keras.Model:
    """Feed-forward net with one hidden layer on a bag of n-grams.

    Each n-gram's value is multiplied by its `ratio`, a fixed weight: with naive Bayes log-count
    ratios (Wang & Manning 2012) or inverse document frequencies (Spärck Jones 1972) the net starts
    from how much each n-gram says. The weighted bag is scaled to length 1, or long texts would get
    extreme answers; `bag_dropout` leaves n-grams out while training.

    Inputs: ids int32 `(batch, n)`, 0 pads; values float32 `(batch, n)`.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    values = keras.Input((None,), dtype="float32", name="values")
    ratio = layers.Embedding(features + 1, 1, trainable=False, name="ratio")(ids)
    weighted = values * ops.squeeze(ratio, -1)
    weighted = layers.UnitNormalization()(weighted)
    weighted = layers.Dropout(bag_dropout, seed=seed)(weighted)
    x = SparseDense(features, units, name="hidden")(ids, weighted)
    x = layers.Activation("relu")(x)
    x = layers.Dropout(dropout, seed=seed)(x)
    logits = layers.Dense(classes, name="logits")(x)
    return keras.Model([ids, values], logits, name="ffnn")


def word_vectors(
    *,
    vocabulary_size: int,
    embedding_dim: int = 100,
    embedding_scale: float = 0.3,
    word_dropout: float = 0.2,
    spatial_dropout: float = 0.3,
    seed: int = 0,
):
    """What every network on sequences begins with: from word ids to regularised word vectors.

    The embedding is a table times `embedding_scale`. Adam's steps are as large for a rare word's
    row as for any other weight, and so rare words learn the training labels by heart; a scale below
    one makes the steps of the vectors that much smaller. Initial vectors are divided by it.

    Returns:
        The input, ids int32 `(batch, time)`, 0 pads; the mask, bool `(batch, time)`, False where
        the input is padding; the vectors `(batch, time, embedding_dim)`.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    x = WordDropout(word_dropout, seed=seed)(ids)
    x = layers.Embedding(vocabulary_size, embedding_dim, name="embedding")(x)
    x = layers.Rescaling(embedding_scale, name="scale")(x)
    x = layers.SpatialDropout1D(spatial_dropout, seed=seed)(x)
    return ids, ops.not_equal(ids, 0), x


def classify(x, *, dropout: float, classes: int, seed: int):
    """What every network ends with: dropout, then a linear layer to logits `(batch, classes)`."""
    x = layers.Dropout(dropout, seed=seed)(x)
    return layers.Dense(classes, name="logits")(x)


def max_and_mean(x, mask):
    """Pool `(batch, time, features)` over time: the largest and the mean value of each feature.

    So a verdict anywhere in the text reaches the output without surviving hundreds of steps.
    """
    largest = MaskedMaxPooling1D()(x, mask=mask)
    return layers.concatenate([largest, layers.GlobalAveragePooling1D()(x, mask=mask)])


def dan(
    *,
    units: int = 100,
    depth: int = 1,
    dropout: float = 0.5,
    classes: int = 2,
    seed: int = 0,
    **words,
) -> keras.Model:
    """Deep averaging network (Iyyer et al. 2015): the mean word vector, then dense layers."""
    ids, mask, x = word_vectors(seed=seed, **words)
    x = layers.GlobalAveragePooling1D(name="mean")(x, mask=mask)
    for _ in range(depth):
        x = layers.Dense(units, activation="relu")(x)
    logits = classify(x, dropout=dropout, classes=classes, seed=seed)
    return keras.Model(ids, logits, name="dan")


def rnn_last_state(
    *,
    units: int = 128,
    depth: int = 3,
    activation: str = "relu",
    initializer: str = "he_normal",
    dropout: float = 0.0,
    classes: int = 2,
    seed: int = 0,
    **words,
) -> keras.Model:
    """Simple recurrent layers, one on the other, of which only the last state is read.

    Padding is read like a word, so texts are to be padded in front, to one length.
    """
    ids, _, x = word_vectors(seed=seed, **words)
    for level in range(1, depth + 1):
        x = layers.SimpleRNN(
            units,
            activation=activation,
            kernel_initializer=initializer,
            return_sequences=level < depth,
            seed=seed,
        )(x)
    logits = classify(x, dropout=dropout, classes=classes, seed=seed)
    return keras.Model(ids, logits, name="rnn_last_state")


def hidden_states(recurrence, x, mask, bidirectional: bool):
    """Every step's state of a recurrent layer, `(batch, time, units)`; twice that, both ways."""
    if bidirectional:  # without the mask, the way back would start in the padding
        return layers.Bidirectional(recurrence, name=f"bi{recurrence.name}")(x, mask=mask)
    return recurrence(x)  # padding comes last, so it can't touch what came before


def rnn(
    *,
    units: int = 64,
    bidirectional: bool = False,
    dropout: float = 0.5,
    classes: int = 2,
    seed: int = 0,
    **words,
) -> keras.Model:
    """Simple recurrence (Elman 1990) with tanh, pooled over time by largest and mean value."""
    ids, mask, x = word_vectors(seed=seed, **words)
    recurrence = layers.SimpleRNN(units, return_sequences=True, seed=seed, name="rnn")
    x = max_and_mean(hidden_states(recurrence, x, mask, bidirectional), mask)
    logits = classify(x, dropout=dropout, classes=classes, seed=seed)
    return keras.Model(ids, logits, name="rnn")


def lstm(
    *,
    units: int = 64,
    bidirectional: bool = False,
    dropout: float = 0.5,
    classes: int = 2,
    seed: int = 0,
    **words,
) -> keras.Model:
    """Long short-term memory (Hochreiter & Schmidhuber 1997), pooled over time."""
    ids, mask, x = word_vectors(seed=seed, **words)
    recurrence = layers.LSTM(units, return_sequences=True, seed=seed, name="lstm")
    x = max_and_mean(hidden_states(recurrence, x, mask, bidirectional), mask)
    logits = classify(x, dropout=dropout, classes=classes, seed=seed)
    return keras.Model(ids, logits, name="lstm")


def gru(
    *,
    units: int = 64,
    bidirectional: bool = False,
    dropout: float = 0.5,
    classes: int = 2,
    seed: int = 0,
    **words,
) -> keras.Model:
    """Gated recurrent unit (Cho et al. 2014), pooled over time."""
    ids, mask, x = word_vectors(seed=seed, **words)
    recurrence = layers.GRU(units, return_sequences=True, seed=seed, name="gru")
    x = max_and_mean(hidden_states(recurrence, x, mask, bidirectional), mask)
    logits = classify(x, dropout=dropout, classes=classes, seed=seed)
    return keras.Model(ids, logits, name="gru")


def cnn(
    *,
    filters: int = 128,
    kernel_sizes: tuple[int, ...] = (2, 3, 4),
    dropout: float = 0.5,
    classes: int = 2,
    seed: int = 0,
    **words,
) -> keras.Model:
    """Parallel convolutions of several widths, pooled over time (Kim 2014).

    Each filter looks for one pattern of `kernel_size` words; the head sees how well it was met at
    best, and on average.
    """
    ids, mask, x = word_vectors(seed=seed, **words)
    x = x * ops.cast(ops.expand_dims(mask, -1), x.dtype)  # past its end a text is zeros
    pooled = []
    for size in kernel_sizes:
        found = layers.Conv1D(
            filters, size, padding="same", activation="relu", name=f"words_{size}"
        )(x)
        pooled.append(max_and_mean(found, mask))
    x = layers.concatenate(pooled) if len(pooled) > 1 else pooled[0]
    logits = classify(x, dropout=dropout, classes=classes, seed=seed)
    return keras.Model(ids, logits, name="cnn")


def dcnn(
    *,
    filters: tuple[int, int] = (64, 64),
    kernel_sizes: tuple[int, int] = (7, 5),
    top: int = 4,
    dropout: float = 0.5,
    classes: int = 2,
    seed: int = 0,
    **words,
) -> keras.Model:
    """Dynamic convolutional network (Kalchbrenner et al. 2014).

    Two wide convolutions, each followed by folding (neighbouring features are added in pairs),
    dynamic k-max pooling and tanh. What is left is `top` values of each feature, in their order.
    """
    ids, mask, x = word_vectors(seed=seed, **words)
    lengths = ops.sum(ops.cast(mask, "int32"), axis=1)
    for level, (maps, size) in enumerate(zip(filters, kernel_sizes, strict=True), start=1):
        x = x * ops.cast(ops.expand_dims(mask, -1), x.dtype)
        x = ops.pad(x, [[0, 0], [size - 1, size - 1], [0, 0]])  # wide: size - 1 steps longer
        mask = ops.pad(mask, [[0, 0], [size - 1, 0]], constant_values=True)
        x = layers.Conv1D(maps, size, name=f"wide_{size}")(x)
        x = x[:, :, ::2] + x[:, :, 1::2]
        pool = DynamicKMaxPooling1D(level=level, levels=len(filters), top=top)
        x, mask = pool(x, mask=mask, lengths=lengths)
        x = layers.Activation("tanh")(x)
    x = layers.Flatten()(x)
    logits = classify(x, dropout=dropout, classes=classes, seed=seed)
    return keras.Model(ids, logits, name="dcnn")


def lstm_attention(
    *,
    units: int = 64,
    bidirectional: bool = True,
    dropout: float = 0.5,
    classes: int = 2,
    seed: int = 0,
    **words,
) -> keras.Model:
    """LSTM whose hidden states are averaged with learned weights: attention as pooling."""
    ids, mask, x = word_vectors(seed=seed, **words)
    recurrence = layers.LSTM(units, return_sequences=True, seed=seed, name="lstm")
    x = hidden_states(recurrence, x, mask, bidirectional)
    x = AttentionPooling1D(name="attention")(x, mask=mask)
    logits = classify(x, dropout=dropout, classes=classes, seed=seed)
    return keras.Model(ids, logits, name="lstm_attention")


def transformer(
    *,
    max_length: int = 400,
    blocks: int = 2,
    heads: int = 4,
    feed_forward: int = 256,
    block_dropout: float = 0.1,
    dropout: float = 0.5,
    classes: int = 2,
    seed: int = 0,
    **words,
) -> keras.Model:
    """Transformer encoder (Vaswani et al. 2017), normalised before each part, averaged over time.

    The last normalisation stands behind the average, so that words may count unequally in it.
    Texts may be at most `max_length` words long.
    """
    ids, mask, x = word_vectors(seed=seed, **words)
    width = x.shape[-1]
    x = PositionEmbedding(max_length, name="positions")(x)
    for block in range(1, blocks + 1):
        attention = layers.MultiHeadAttention(
            heads, width // heads, seed=seed, name=f"attention_{block}"
        )
        normal = layers.LayerNormalization()(x)
        attended = attention(normal, normal, attention_mask=ops.expand_dims(mask, 1))
        x = x + layers.Dropout(block_dropout, seed=seed)(attended)
        normal = layers.LayerNormalization()(x)
        hidden = layers.Dense(feed_forward, activation="relu")(normal)
        x = x + layers.Dropout(block_dropout, seed=seed)(layers.Dense(width)(hidden))
    x = layers.GlobalAveragePooling1D()(x, mask=mask)
    x = layers.LayerNormalization()(x)
    logits = classify(x, dropout=dropout, classes=classes, seed=seed)
    return keras.Model(ids, logits, name="transformer")


def table(
    *,
    means: list[float],
    variances: list[float],
    categories: list[int],
    units: tuple[int, ...] = (64, 32),
    dropout: float = 0.0,
    classes: int = 2,
    seed: int = 0,
) -> keras.Model:
    """Feed-forward net on a row of numbers and categories, which it scales and encodes itself.

    Input: float32 `(batch, columns)`, numbers first, then the index of each category's value.

    Args:
        means, variances: of the numbers, from the train part.
        categories: how many values each category has.
        units: of the hidden layers.
        dropout: behind each of them.
        classes: outputs.
        seed: of dropout.
    """
    numbers = len(means)
    row = keras.Input((numbers + len(categories),), name="row")
    parts = [layers.Normalization(mean=means, variance=variances)(row[:, :numbers])]
    for position, values in enumerate(categories, start=numbers):
        index = ops.cast(row[:, position : position + 1], "int32")
        parts.append(layers.CategoryEncoding(values, output_mode="one_hot")(index))
    x = layers.Concatenate(name="encoded")(parts)
    for size in units:
        x = layers.Dense(size, activation="relu")(x)
        x = layers.Dropout(dropout, seed=seed)(x)
    logits = layers.Dense(classes, name="logits")(x)
    return keras.Model(row, logits, name="table")


def encoder(
    *,
    pretrained: str,
    backbone: dict,
    trained_blocks: int = 0,
    concatenated: int = 1,
    block_dropout: float = 0.0,
    dtype: str = "float32",
    pooling: str = "mean",
    units: int = 128,
    dropout: float = 0.3,
    classes: int = 2,
    seed: int = 0,
) -> keras.Model:
    """A pretrained Transformer encoder, pooled over time, under a head of one hidden layer.

    Args:
        pretrained: the name by which `lib.encoders` finds its weights. They are read only if no
            block is trained; else the caller assigns them, or those of a file.
        backbone: its sizes, as `lib.checkpoints.sizes` gives them.
        trained_blocks: how many of the topmost blocks are trained; the embeddings never are.
        concatenated: how many of the topmost blocks' states are put side by side. What a frozen
            encoder knows of a new task is not all in the last one (Devlin et al. 2019, §5.3).
        block_dropout: in the blocks, while training.
        dtype: of the encoder's arithmetic: `float32`, or `mixed_bfloat16`, which is faster on
            processors made for it; the head's is float32.
        pooling: the `mean` over the text's pieces, or the `first`, which is `[CLS]`.
        units: of the head's hidden layer.
        dropout: before and behind it.
        classes: outputs.
        seed: of the head's dropout.

    Raises:
        EncoderError: the encoder can't be had.
    """
    check_choice("pooling", pooling, ("first", "mean"))
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = ops.not_equal(ids, 0)
    body = bert.encoder(
        **backbone,
        trained_blocks=trained_blocks,
        concatenated=concatenated,
        dropout=block_dropout,
        dtype=dtype,
        seed=seed,
    )
    if not trained_blocks:
        bert.take_weights(body, checkpoints.load_backbone(encoders.find(pretrained)))
    states = ops.cast(body(ids), "float32")
    if pooling == "mean":
        x = layers.GlobalAveragePooling1D(name="pooled")(states, mask=mask)
    else:
        x = layers.Identity(name="pooled")(states[:, 0])
    x = layers.Dropout(dropout, seed=seed)(x)
    x = layers.Dense(units, activation="relu", name="hidden")(x)
    logits = classify(x, dropout=dropout, classes=classes, seed=seed)
    return keras.Model(ids, logits, name="encoder_classifier")


ARCHITECTURES = {
    "linear": linear,
    "ffnn": ffnn,
    "dan": dan,
    "rnn_last_state": rnn_last_state,
    "rnn": rnn,
    "lstm": lstm,
    "gru": gru,
    "cnn": cnn,
    "dcnn": dcnn,
    "lstm_attention": lstm_attention,
    "transformer": transformer,
    "table": table,
    "encoder": encoder,
}


def own_weights(network: keras.Model) -> list:
    """Return the weights that belong in a file: all but those of an encoder that isn't trained."""
    elsewhere = [layer for layer in network.layers if layer.name == "encoder"]
    left_out = {id(w) for layer in elsewhere if not layer.trainable for w in layer.weights}
    return [weight for weight in network.weights if id(weight) not in left_out]


def complete(name: str, options: dict) -> dict:
    """Return the options with all defaults filled in, so that a saved model outlives a new default.

    Raises:
        ValueError: no such architecture.
    """
    if name not in ARCHITECTURES:
        raise ValueError(f"No architecture {name!r}; there are {sorted(ARCHITECTURES)}.")
    parameters = inspect.signature(ARCHITECTURES[name]).parameters
    known = [p for p in parameters.values() if p.kind is p.KEYWORD_ONLY]
    if "words" in parameters:
        known += inspect.signature(word_vectors).parameters.values()
    return {p.name: p.default for p in known if p.default is not p.empty} | options


def build(name: str, **options) -> keras.Model:
    """Build the architecture of that name.

    Raises:
        ValueError: no such architecture.
    """
    options = complete(name, options)
    return ARCHITECTURES[name](**options)
