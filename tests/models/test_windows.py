import keras
import numpy as np
import pytest

from lib.models.windows import CutWindows, JoinWindows


def both(size):
    """What is the same for each window: its ids, and the sum of the window they stand in."""
    ids = keras.Input((None,), dtype="int32")
    cut = CutWindows(size)(ids)
    x = keras.ops.stack([cut, cut + 0 * cut], axis=-1)
    x = keras.ops.concatenate([x, x * 0 + keras.ops.sum(x, axis=1, keepdims=True)], axis=-1)
    return keras.Model(ids, JoinWindows()(x, ids))


@pytest.mark.parametrize("time", [1, 3, 4, 8, 12])
def test_windows_are_cut_and_joined_in_their_order(time):
    ids = np.arange(1, 2 * time + 1, dtype="int32").reshape(2, time)
    states = np.asarray(both(4)(ids))
    assert states.shape == (2, time, 4)
    assert np.array_equal(states[..., 0], ids)
    sums = ids.reshape(2, -1, min(time, 4)).sum(axis=2)
    assert np.array_equal(states[..., 2], np.repeat(sums, min(time, 4), axis=1))


def test_a_time_that_is_no_multiple_is_refused():
    with pytest.raises(Exception, match=r"reshape|Reshape"):
        both(4)(np.ones((1, 6), "int32"))


def test_they_are_made_again_from_their_config():
    model = both(4)
    again = keras.Model.from_config(model.get_config())
    ids = np.arange(16, dtype="int32").reshape(2, 8)
    assert np.array_equal(again(ids), model(ids))
