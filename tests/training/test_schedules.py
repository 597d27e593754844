import keras
import numpy as np
import pytest

from lib.training.schedules import WarmupLinearDecay


def test_rises_to_its_peak_and_falls_to_nothing():
    schedule = WarmupLinearDecay(0.2, warmup_steps=10, total_steps=50)
    rates = np.array([float(schedule(step)) for step in range(60)])
    assert np.allclose(rates[:11], np.linspace(0, 0.2, 11))
    assert np.allclose(rates[10:51], np.linspace(0.2, 0, 41), atol=1e-7)
    assert (rates[50:] == 0).all()


def test_config_rebuilds_it():
    schedule = WarmupLinearDecay(0.2, warmup_steps=10, total_steps=50)
    stored = keras.optimizers.schedules.serialize(schedule)
    again = keras.optimizers.schedules.deserialize(stored)
    assert [float(again(s)) for s in (3, 30)] == [float(schedule(s)) for s in (3, 30)]


@pytest.mark.parametrize(("warmup", "total"), [(0, 5), (5, 5), (6, 5)])
def test_steps_out_of_order_are_refused(warmup, total):
    with pytest.raises(ValueError, match="don't fit"):
        WarmupLinearDecay(0.1, warmup_steps=warmup, total_steps=total)
