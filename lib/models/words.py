"""What every network on word ids begins and ends with."""

import keras
from keras import layers, ops

from lib.models.layers import WordDropout
from lib.models.pooling import MaskedMaxPooling1D
from lib.text import check_choice


def word_vectors(
    *,
    vocabulary_size: int,
    embedding_dim: int = 100,
    embedding_scale: float = 0.3,
    vectors: str = "word2vec",
    train_vectors: bool = True,
    word_dropout: float = 0.2,
    spatial_dropout: float = 0.3,
):
    """Look up word vectors and regularise them: the first layers of a network on sequences.

    The embedding is a table times `embedding_scale`. Adam's steps are as large for a rare word's
    row as for any other weight, and so rare words learn the training labels by heart; a scale below
    one makes the steps of the vectors that much smaller. Initial vectors are divided by it.

    Args:
        vocabulary_size, embedding_dim: of the table.
        embedding_scale: see above.
        vectors: what the table starts from, which `lib.models.initial` reads: `word2vec`, `cbow` or
            `fasttext`, trained on the train part's words; `minilm`, distilled from that encoder;
            the path of a published file; or `random`.
        train_vectors: whether the table is trained along.
        word_dropout: share of words that training replaces by the unknown word.
        spatial_dropout: share of features that training sets to zero in all of a text.

    Returns:
        The input, ids int32 `(batch, time)`, 0 pads; the padding mask, bool `(batch, time)`, False
        where the input is padding; the vectors `(batch, time, embedding_dim)`.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    x = WordDropout(word_dropout)(ids)
    table = layers.Embedding(
        vocabulary_size, embedding_dim, trainable=train_vectors, name="embedding"
    )
    x = table(x)
    x = layers.Rescaling(embedding_scale, name="scale")(x)
    x = layers.SpatialDropout1D(spatial_dropout)(x)
    return ids, ops.not_equal(ids, 0), x


def classify(x, *, dropout: float, classes: int, name: str = "logits"):
    """Dropout, then a linear layer to logits `(batch, classes)`: the end of every network."""
    return layers.Dense(classes, name=name)(layers.Dropout(dropout)(x))


def largest(x, mask):
    """Pool `(batch, time, features)` over time: the largest value of each feature, no padding."""
    return MaskedMaxPooling1D()(x, mask=mask)


def average(x, mask):
    """Pool `(batch, time, features)` over time: the mean value of each feature, no padding."""
    return layers.GlobalAveragePooling1D()(x, mask=mask)


def max_and_mean(x, mask):
    """Pool `(batch, time, features)` over time: the largest and the mean value of each feature.

    So a verdict anywhere in the text reaches the output without surviving hundreds of steps.
    Padding counts in neither.
    """
    return layers.concatenate([largest(x, mask), average(x, mask)])


POOLINGS = {"max_and_mean": max_and_mean, "mean": average, "max": largest}


def pool(x, mask, kind: str):
    """Pool `(batch, time, features)` over time in one of the ways of `POOLINGS`."""
    check_choice("pooling", kind, tuple(POOLINGS))
    return POOLINGS[kind](x, mask)
