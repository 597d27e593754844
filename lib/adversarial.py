"""Adversarial training on word vectors (Miyato, Dai & Goodfellow 2017): a regulariser for text."""

import keras
import tensorflow as tf
from keras import ops


class AdversarialTrainer(keras.Model):
    """Trains a network on word vectors that are moved a little in the worst direction.

    For each text the gradient of the loss by its word vectors says which way to push them to make
    the answer worse. The network learns from the text as it is and, as much, from its vectors moved
    that way, all vectors of a text together by the distance `epsilon`. So it can't rely on any
    single word's vector being exactly what it is. Validation and prediction are those of the
    network itself.

    A batch costs twice the time. The TensorFlow backend only.

    Args:
        network: a functional model whose layer `scale` gives the word vectors.
        epsilon: the distance, in units of the word vectors.
    """

    def __init__(self, network: keras.Model, epsilon: float, **kwargs):
        super().__init__(**kwargs)
        vectors = network.get_layer("scale").output
        self.network = network
        self.epsilon = epsilon
        self.embed = keras.Model(network.input, vectors)
        self.read = keras.Model([network.input, vectors], network.output)
        self.built = True

    def call(self, ids, training=False):
        """Return the network's logits."""
        return self.network(ids, training=training)

    def train_step(self, data):
        """Take one step on one batch of ids and targets."""
        ids, targets, _ = keras.utils.unpack_x_y_sample_weight(data)
        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            vectors = self.embed(ids, training=True)
            logits = self.read([ids, vectors], training=True)
            loss = self.compute_loss(x=ids, y=targets, y_pred=logits)
        slope, *gradients = tape.gradient(loss, [vectors, *variables])
        step = self.worst_step(slope)
        with tf.GradientTape() as tape:
            moved = self.embed(ids, training=True) + step
            worse = self.compute_loss(
                x=ids, y=targets, y_pred=self.read([ids, moved], training=True)
            )
        pairs = zip(gradients, tape.gradient(worse, variables), strict=True)
        both = [tf.convert_to_tensor(a) + tf.convert_to_tensor(b) for a, b in pairs]
        self.optimizer.apply(both, variables)
        self._loss_tracker.update_state(loss)
        return self.compute_metrics(ids, targets, logits)

    def worst_step(self, slope):
        """Return the step up the slope, `(batch, time, features)`, `epsilon` long in each text."""
        length = ops.sqrt(ops.sum(ops.square(slope), axis=(1, 2), keepdims=True))
        return self.epsilon * slope / ops.maximum(length, 1e-12)
