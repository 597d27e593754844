"""Sequence models side by side: the package behind the notebooks.

Importing it registers the project's layers and `TextClassifier` with Keras, so that
`keras.models.load_model` can read the saved models.
"""

import contextlib
import logging
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Transformers reads tokenizers for us, and would advise at every start to install PyTorch.
os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")


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
    import tensorflow

tensorflow.get_logger().setLevel(logging.ERROR)  # it warns of every new text length

from lib import classifier  # noqa: E402, F401
