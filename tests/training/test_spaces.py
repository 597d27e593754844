import inspect

import optuna
import pytest

from lib.models import ARCHITECTURES
from lib.training.gradient_descent import train_network
from lib.training.spaces import SPACES


@pytest.mark.parametrize("name", SPACES)
def test_every_suggestion_is_an_option(name):
    of_fit = inspect.signature(train_network).parameters
    architecture = ARCHITECTURES[name]
    of_build = {*architecture.options(), *inspect.signature(architecture.vectorizer).parameters}
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(20):
        build, fit = SPACES[name](study.ask())
        if name in ("min_gru", "lru", "lstm_attention"):
            assert "bidirectional" in of_build
        assert build.keys() <= of_build
        assert fit.keys() <= of_fit.keys()
