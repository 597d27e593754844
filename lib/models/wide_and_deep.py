"""Order and n-grams in one network."""

import keras
from keras import layers, ops

from lib.models.feedforward import hidden_of_bag
from lib.models.pooling import AttentionPooling1D
from lib.models.recurrent import hidden_states
from lib.models.words import classify, word_vectors


@keras.saving.register_keras_serializable(package="lib")
class AddBranches(layers.Layer):
    """Adds the logits of two branches; in training it leaves one out now and then.

    Trained by their sum alone, the branch that learns the training labels by heart first leaves the
    other nothing to learn. Where one is left out, the other has to answer by itself: dropout of
    whole inputs (ModDrop, Neverova et al. 2016). What is left counts twice then.

    Inputs: two times logits `(batch, classes)`. Output: the same shape.

    Args:
        rate: share of the training texts that see one branch only, each as often as the other.
    """

    def __init__(self, rate: float, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, first, second, training=False):
        if not training or self.rate == 0:
            return first + second
        shape = (ops.shape(first)[0], 1)
        drawn = ops.cast(keras.random.uniform(shape, seed=self.seed_generator), first.dtype)
        only_first, only_second = drawn < self.rate / 2, drawn > 1 - self.rate / 2
        alone = ops.where(only_first, 2 * first, 2 * second)
        return ops.where(ops.logical_or(only_first, only_second), alone, first + second)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


def wide_and_deep(
    *,
    features: int,
    bag_units: int = 8,
    bag_dropout: float = 0.5,
    hidden_dropout: float = 0.2,
    units: int = 64,
    dropout: float = 0.5,
    branch_dropout: float = 0.5,
    classes: int = 2,
    **words,
) -> keras.Model:
    """`ffnn` on a bag of n-grams beside `lstm_attention` on the words, their logits added.

    The wide part knows phrases, the deep part order (Cheng et al. 2016).

    Inputs: word ids int32 `(batch, time)`; n-gram ids int32 and values float32, `(batch, n)`.

    Args:
        features: n-grams of the bag.
        bag_units, bag_dropout, hidden_dropout: `units`, `bag_dropout` and `dropout` of `ffnn`.
        units, dropout: of `lstm_attention`.
        branch_dropout: share of training texts that see one of the two only.
        classes: outputs.
        words: options of `lib.models.words.word_vectors`.
    """
    bag_ids, values, hidden = hidden_of_bag(features, bag_units, bag_dropout)
    wide = classify(hidden, dropout=hidden_dropout, classes=classes, name="wide")
    ids, mask, x = word_vectors(**words)
    x = hidden_states(layers.LSTM(units, return_sequences=True, name="lstm"), x, mask, True)
    x = AttentionPooling1D(name="attention")(x, mask=mask)
    deep = classify(x, dropout=dropout, classes=classes, name="deep")
    logits = AddBranches(branch_dropout, name="logits")(wide, deep)
    return keras.Model([ids, bag_ids, values], logits, name="wide_and_deep")
