"""Sequence models side by side: the package behind the notebooks.

    from lib import data, evaluation, models, plots, training

Importing `lib.models` registers the project's layers and `TextClassifier` with Keras, so that
`keras.models.load_model` reads the saved models. `lib.text` and `lib.data` need no Keras.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
