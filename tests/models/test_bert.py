import keras
import numpy as np
import pytest

from lib.models import bert

SIZES = {"vocabulary_size": 50, "num_layers": 2, "num_heads": 2, "hidden_dim": 16}
SIZES |= {"intermediate_dim": 32, "max_sequence_length": 12}
IDS = np.array([[5, 6, 7, 8], [9, 3, 0, 0], [4, 2, 0, 0]], "int32")


def build(**options):
    keras.utils.set_random_seed(0)
    defaults = {"trained_blocks": 2, "concatenated": 1, "dropout": 0.0, "dtype": "float32"}
    return bert.encoder(**SIZES | defaults | options)


def test_half_precision_is_near():
    full, half = build(), build(dtype="mixed_bfloat16")
    draw = np.random.default_rng(0)
    full.set_weights([draw.normal(0, 0.3, w.shape) for w in full.get_weights()])
    half.set_weights(full.get_weights())
    states = np.asarray(half(IDS))
    assert states.dtype == "bfloat16"
    difference = np.abs(np.asarray(full(IDS)) - states.astype("float32"))[IDS != 0]
    assert 0 < difference.max() < 0.2
    assert {weight.dtype for weight in half.weights} == {"float32"}


def test_padding_changes_nothing():
    model = build()
    together = np.asarray(model(IDS))
    for row, ids in zip(together, IDS, strict=True):
        alone = ids[ids != 0]
        assert np.allclose(row[: len(alone)], np.asarray(model(alone[None]))[0], atol=1e-5)


def test_dropout_is_for_training_and_seeded():
    model = build(dropout=0.5)
    assert np.array_equal(model(IDS), model(IDS))
    one, two = (np.asarray(build(dropout=0.5)(IDS, training=True)) for _ in range(2))
    assert np.allclose(one, two)
    assert not np.allclose(one, np.asarray(model(IDS)), atol=1e-3)


def test_blocks_draw_masks_of_their_own():
    """The same seed in every block gave all blocks the same mask."""
    keras.utils.set_random_seed(0)
    states, mask = np.ones((1, 40, 16), "float32"), np.ones((1, 40), bool)
    blocks = [bert.EncoderBlock(2, 32, dropout=0.5) for _ in range(2)]
    for block in blocks:
        block(states, mask)
    blocks[1].set_weights(blocks[0].get_weights())
    one, two = (np.asarray(block(states, mask, training=True)) for block in blocks)
    assert not np.allclose(one, two, atol=1e-3)


@pytest.mark.parametrize("trained", [0, 1, 2])
def test_the_topmost_blocks_are_trained(trained):
    model = build(trained_blocks=trained)
    names = {weight.path.split("/")[0] for weight in model.trainable_weights}
    assert names == {f"block_{2 - i}" for i in range(trained)}


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match="16 can't be divided among 3 heads"):
        build(num_heads=3)


def test_states_of_several_blocks_stand_side_by_side():
    model = build(concatenated=2)
    last = build()
    last.set_weights(model.get_weights())
    first = keras.Model(model.input, model.get_layer("block_1").output)
    states = np.asarray(model(IDS))
    assert states.shape == (*IDS.shape, 32)
    assert np.allclose(states[..., :16], first(IDS), atol=1e-6)
    assert np.allclose(states[..., 16:], last(IDS), atol=1e-6)
    assert [len(build(concatenated=n).trainable_weights) for n in (1, 2)] == 2 * [
        len(last.trainable_weights)
    ]
    for count in (0, 3):
        with pytest.raises(ValueError, match=f"concatenated={count}, but there are 2 blocks"):
            build(concatenated=count)
