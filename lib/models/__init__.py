"""Models: the architectures, a file a generation, and `TextClassifier`, which makes them usable.

`build` makes one for a data set, `load` reads a saved one. Importing this package starts Keras
quietly and registers the project's layers, so that `keras.models.load_model` reads saved models.
"""

import contextlib
import logging
import os


@contextlib.contextmanager
def _silent_stderr():
    """Silence what TensorFlow's C++ side says while it loads, which no log level reaches."""
    saved = os.dup(2)
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


with _silent_stderr():
    import keras  # noqa: F401

logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of every new text length

from lib.models import (  # noqa: E402
    attention,
    convolutional,
    encoder,
    feedforward,
    initial,
    layers,
    linear,
    linear_recurrence,
    pooling,
    pretrained,
    recurrent,
    transformer,
    wide_and_deep,
    words,
)
from lib.models.architectures import ARCHITECTURES, Architecture  # noqa: E402
from lib.models.build import build, load  # noqa: E402
from lib.models.classifier import TextClassifier  # noqa: E402
from lib.models.ensemble import Ensemble  # noqa: E402
from lib.models.pretrained import EncoderError  # noqa: E402
from lib.models.storage import ModelFileError  # noqa: E402

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "EncoderError",
    "Ensemble",
    "ModelFileError",
    "TextClassifier",
    "attention",
    "build",
    "convolutional",
    "encoder",
    "feedforward",
    "initial",
    "layers",
    "linear",
    "linear_recurrence",
    "load",
    "pooling",
    "pretrained",
    "recurrent",
    "transformer",
    "wide_and_deep",
    "words",
]
