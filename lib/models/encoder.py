"""A pretrained encoder under a small classifier, and the weights that come from elsewhere."""

import keras
from keras import layers, ops

from lib.models import bert
from lib.models import pretrained as checkpoints
from lib.models.pretrained import EncoderError
from lib.models.windows import CutWindows, JoinWindows
from lib.models.words import classify
from lib.text import WordPieceVectorizer, check_choice


def encoder(
    *,
    pretrained: str,
    backbone: dict,
    sha256: str = "",
    trained_blocks: int = 0,
    concatenated: int = 1,
    block_dropout: float = 0.0,
    dtype: str = "float32",
    pooling: str = "mean",
    window: int | None = None,
    units: int = 128,
    dropout: float = 0.3,
    classes: int = 2,
) -> keras.Model:
    """A pretrained Transformer encoder, pooled over time, under a head of one hidden layer.

    Ids int32 `(batch, time)`, 0 pads, go through the layer `encoder`, whose weights are random
    until `load_pretrained` assigns the pretrained ones; the layer `pooled` gives what the head
    reads, float32 `(batch, features)`.

    Args:
        pretrained: the name by which `lib.models.pretrained` finds the encoder.
        backbone: its sizes, the first arguments of `lib.models.bert.encoder`.
        sha256: of its weights file, for `load_pretrained`; the network is the same without.
        trained_blocks: how many of the topmost blocks are trained; the embeddings never are.
        concatenated: how many of the topmost blocks' states are put side by side. What a frozen
            encoder knows of a new task is not all in the last one (Devlin et al. 2019, §5.3).
        block_dropout: in the blocks, while training.
        dtype: of the encoder's arithmetic in training: `float32`, or `mixed_bfloat16`, which is
            faster on processors made for it; the head's is float32. See `answer_in_float32`.
        pooling: the `mean` over the text's pieces, or the `first`, which is `[CLS]`.
        window: ids that attend to each other, the vectorizer's `window`; None is all of a text.
        units: of the head's hidden layer.
        dropout: before and behind it.
        classes: outputs.
    """
    check_choice("pooling", pooling, ("first", "mean"))
    ids = keras.Input((None,), dtype="int32", name="ids")
    body = bert.encoder(
        **backbone,
        trained_blocks=trained_blocks,
        concatenated=concatenated,
        dropout=block_dropout,
        dtype=dtype,
    )
    states = body(CutWindows(window, name="windows")(ids)) if window else body(ids)
    states = JoinWindows(name="joined")(states, ids) if window else states
    states = ops.cast(states, "float32")
    if pooling == "mean":
        x = layers.GlobalAveragePooling1D(name="pooled")(states, mask=ops.not_equal(ids, 0))
    else:
        x = layers.Identity(name="pooled")(states[:, 0])
    x = layers.Dropout(dropout)(x)
    x = layers.Dense(units, activation="relu", name="hidden")(x)
    return keras.Model(
        ids, classify(x, dropout=dropout, classes=classes), name="encoder_classifier"
    )


def load_pretrained(network: keras.Model, options: dict, *, download: bool) -> None:
    """Give a network's encoder its pretrained weights, which a frozen model's file doesn't hold.

    Args:
        network: what `encoder` returned.
        options: those of `encoder`; the weights must have the SHA-256 that they name.
        download: whether the weights may be fetched from the hub.

    Raises:
        EncoderError: the encoder can't be had, or is another one.
    """
    name = options["pretrained"]
    folder = checkpoints.find(name, download=download)
    if (there := checkpoints.sha256(folder)) != (wanted := options["sha256"]):
        raise EncoderError(
            f"The model was made with the encoder {name!r} of SHA-256 {wanted[:12]}; that in "
            f"{folder} has {there[:12]}: put the right one there, or set ENCODER_DIR to its folder."
        )
    try:
        network.get_layer("encoder").set_weights(checkpoints.weights(folder))
    except ValueError as error:
        raise EncoderError(
            f"{folder} holds an encoder of other sizes than {name!r} has."
        ) from error


def answer_in_float32(network: keras.Model) -> None:
    """Let a network compute in float32, whatever `dtype` it was trained in.

    So that an answer does not depend on the texts beside it, by more than rounding in float32, and
    that a processor without 16-bit arithmetic gives it as fast.
    """
    for layer in network._flatten_layers(include_self=False):  # those inside of layers, too
        layer.dtype_policy = "float32"
    network.make_predict_function(force=True)


def sizes_of(pretrained: str) -> dict:
    """Return the options of `encoder` that follow from the name: `backbone` and `sha256`.

    Raises:
        EncoderError: it can't be had, by download either.
    """
    folder = checkpoints.find(pretrained, download=True)
    return {"backbone": checkpoints.sizes(folder), "sha256": checkpoints.sha256(folder)}


def vectorizer(pretrained: str, **options) -> WordPieceVectorizer:
    """Return the vectorizer that makes the ids which an encoder reads.

    Args:
        pretrained: the encoder's name.
        options: of `WordPieceVectorizer`, without its tokenizer, which is the encoder's.

    Raises:
        EncoderError: the encoder can't be had, by download either.
        ValueError: it has no positions for texts as long as `max_length`.
    """
    folder = checkpoints.find(pretrained, download=True)
    made = WordPieceVectorizer(tokenizer=checkpoints.tokenizer(folder), **options)
    positions = checkpoints.sizes(folder)["max_sequence_length"]
    if made.size > positions:
        raise ValueError(
            f"{pretrained} reads at most {positions} pieces, not {made.size}; with window="
            f"{positions // 2} it reads longer texts in parts."
        )
    return made
