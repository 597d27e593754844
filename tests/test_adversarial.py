import keras
import numpy as np
import pytest
import tensorflow as tf

from lib import models, recipes, training
from lib.adversarial import AdversarialTrainer

IDS = np.array([[3, 4, 5, 6], [7, 8, 0, 0]], "int32")
TARGETS = np.eye(2, dtype="float32")
TENSOR = keras.ops.convert_to_tensor(IDS)


@pytest.fixture(params=["lstm", "gru", "cnn", "transformer", "dan"])
def trainer(request):
    keras.utils.set_random_seed(0)
    options = {"word_dropout": 0.0, "spatial_dropout": 0.0, "dropout": 0.0}
    if request.param == "transformer":
        options["block_dropout"] = 0.0
    network = models.build(request.param, vocabulary_size=20, embedding_dim=8, **options)
    made = AdversarialTrainer(network, epsilon=0.5)
    made.compile(
        "sgd", keras.losses.CategoricalCrossentropy(from_logits=True), metrics=["accuracy"]
    )
    return made


def slope_and_loss(trainer, vectors):
    with tf.GradientTape() as tape:
        tape.watch(vectors)
        loss = trainer.compute_loss(y=TARGETS, y_pred=trainer.read([TENSOR, vectors]))
    return tape.gradient(loss, vectors), float(loss)


def test_the_step_has_the_length_asked_for_and_leaves_padding(trainer):
    slope, _ = slope_and_loss(trainer, trainer.embed(TENSOR))
    step = np.asarray(trainer.worst_step(slope))
    assert np.linalg.norm(step, axis=(1, 2)) == pytest.approx([0.5, 0.5], rel=1e-3)
    assert np.abs(step[1, 2:]).max() < 1e-6


def test_the_step_makes_the_loss_larger_and_its_opposite_smaller(trainer):
    vectors = trainer.embed(TENSOR)
    slope, loss = slope_and_loss(trainer, vectors)
    step = 0.1 * trainer.worst_step(slope)
    assert slope_and_loss(trainer, vectors - step)[1] < loss
    assert slope_and_loss(trainer, vectors + step)[1] > loss


def test_a_training_step_changes_the_network_itself(trainer):
    before = trainer.network.predict_on_batch(IDS)
    weights = [w.copy() for w in trainer.network.get_weights()]
    first = trainer.train_on_batch(IDS, TARGETS)
    for _ in range(30):
        last = trainer.train_on_batch(IDS, TARGETS)
    assert last[0] < first[0]
    changed = [
        not np.array_equal(*pair)
        for pair in zip(weights, trainer.network.get_weights(), strict=True)
    ]
    assert sum(changed) >= len(trainer.network.trainable_weights)
    assert np.abs(trainer.network.predict_on_batch(IDS) - before).max() > 1e-4
    assert len(trainer.trainable_weights) == len(trainer.network.trainable_weights)


def test_without_distance_it_is_ordinary_training_at_twice_the_rate(trainer):
    plain = keras.models.clone_model(trainer.network)
    plain.set_weights(trainer.network.get_weights())
    plain.compile(
        keras.optimizers.SGD(0.02), keras.losses.CategoricalCrossentropy(from_logits=True)
    )
    trainer.epsilon = 0.0
    trainer.train_on_batch(IDS, TARGETS)
    plain.train_on_batch(IDS, TARGETS)
    for ours, theirs in zip(trainer.network.get_weights(), plain.get_weights(), strict=True):
        assert np.allclose(ours, theirs, atol=1e-6)


def test_train_takes_it_and_resumes(dataset, workspace, monkeypatch):
    def built():
        return recipes.sequence_classifier(
            dataset,
            "dan",
            text={"vocabulary_size": 200, "max_length": 20},
            options={"embedding_dim": 4, "units": 4},
        )

    options = {"name": "adv", "batch_size": 256, "adversarial": 0.3, "verbose": 0}
    whole, halves = built(), built()
    run = training.train(whole, dataset, epochs=2, **options)
    assert run["options"]["adversarial"] == 0.3
    with monkeypatch.context() as patch:
        patch.setattr(training.shutil, "rmtree", lambda folder: None)  # as if it had been killed
        training.train(halves, dataset, epochs=1, **options)
    resumed = training.train(built(), dataset, epochs=2, **options)
    assert resumed["epochs"] == 2
    assert resumed["history"]["val_loss"] == pytest.approx(run["history"]["val_loss"], abs=1e-4)
