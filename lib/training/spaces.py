"""Which recipes a search may try, an architecture a function, declared once.

Each takes an Optuna trial, or anything with its `suggest_...` methods, and returns the options of
`models.build` and those of `training.fit`.
"""

from collections.abc import Callable

Space = Callable[..., tuple[dict, dict]]


def _training(trial, *, epochs: int = 10) -> dict:
    return {
        "epochs": epochs,
        "learning_rate": trial.suggest_float("learning_rate", 3e-4, 1e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-3, 1e-1, log=True),
        "label_smoothing": trial.suggest_float("label_smoothing", 0.0, 0.2),
        "ema_momentum": trial.suggest_categorical("ema_momentum", [0.0, 0.98, 0.99, 0.995, 0.998]),
    }


def _words(trial) -> dict:
    return {
        "names": trial.suggest_categorical("names", ["keep", "out"]),
        "embedding_scale": trial.suggest_float("embedding_scale", 0.1, 1.0, log=True),
        "word_dropout": trial.suggest_float("word_dropout", 0.0, 0.4),
        "spatial_dropout": trial.suggest_float("spatial_dropout", 0.0, 0.5),
        "dropout": trial.suggest_float("dropout", 0.0, 0.7),
    }


def dan(trial) -> tuple[dict, dict]:
    """A deep averaging network."""
    own = {
        "units": trial.suggest_categorical("units", [32, 100, 300]),
        "depth": trial.suggest_int("depth", 0, 2),
    }
    return _words(trial) | own, _training(trial)


def ffnn(trial) -> tuple[dict, dict]:
    """A feed-forward net on a bag of n-grams."""
    own = {
        "ngrams": trial.suggest_int("ngrams", 1, 3),
        "names": trial.suggest_categorical("names", ["keep", "out"]),
        "max_features": trial.suggest_categorical("max_features", [50_000, 100_000, 280_000]),
        "units": trial.suggest_categorical("units", [4, 8, 16, 32]),
        "bag_dropout": trial.suggest_float("bag_dropout", 0.0, 0.7),
        "dropout": trial.suggest_float("dropout", 0.0, 0.6),
    }
    epsilon = trial.suggest_float("epsilon", 1e-7, 1e-2, log=True)
    return own, _training(trial) | {"epsilon": epsilon}


def recurrent(trial) -> tuple[dict, dict]:
    """A recurrent network that pools its states, or attends to them."""
    own = {
        "units": trial.suggest_categorical("units", [32, 64, 96, 128]),
        "bidirectional": trial.suggest_categorical("bidirectional", [False, True]),
    }
    return _words(trial) | own, _training(trial)


def cnn(trial) -> tuple[dict, dict]:
    """Parallel convolutions, pooled over time."""
    sizes = {"3": (3,), "2 3 4": (2, 3, 4), "3 4 5": (3, 4, 5), "1 2 3 4 5": (1, 2, 3, 4, 5)}
    own = {
        "filters": trial.suggest_categorical("filters", [64, 128, 256]),
        "kernel_sizes": sizes[trial.suggest_categorical("kernel_sizes", [*sizes])],
    }
    return _words(trial) | own, _training(trial)


def transformer(trial) -> tuple[dict, dict]:
    """A Transformer encoder; of today's, its window and its convolution are left as they are."""
    own = {
        "blocks": trial.suggest_int("blocks", 1, 3),
        "feed_forward": trial.suggest_categorical("feed_forward", [64, 128, 256]),
        "block_dropout": trial.suggest_float("block_dropout", 0.0, 0.4),
    }
    return _words(trial) | own, _training(trial)


def transformer_modern(trial) -> tuple[dict, dict]:
    """The same, with a width that its heads can share in pairs."""
    build, fit = transformer(trial)
    pooling = trial.suggest_categorical("pooling", ["mean", "max_and_mean"])
    return build | {"embedding_dim": 96, "pooling": pooling}, fit


def wide_and_deep(trial) -> tuple[dict, dict]:
    """N-grams and order in one network."""
    own = {
        "ngrams": 3,
        "max_features": 200_000,
        "bag_dropout": trial.suggest_float("bag_dropout", 0.0, 0.7),
        "branch_dropout": trial.suggest_float("branch_dropout", 0.0, 0.9),
        "units": trial.suggest_categorical("units", [32, 64, 96]),
    }
    epsilon = trial.suggest_float("epsilon", 1e-7, 1e-2, log=True)
    return _words(trial) | own, _training(trial) | {"epsilon": epsilon}


SPACES: dict[str, Space] = {
    "dan": dan,
    "ffnn": ffnn,
    "rnn": recurrent,
    "lstm": recurrent,
    "gru": recurrent,
    "min_gru": recurrent,
    "lru": recurrent,
    "lstm_attention": recurrent,
    "cnn": cnn,
    "transformer": transformer,
    "transformer_modern": transformer_modern,
    "wide_and_deep": wide_and_deep,
}
