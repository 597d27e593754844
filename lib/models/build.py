"""`build` makes a model for a data set, the one way to do so; `load` reads a saved one."""

import copy
import inspect
import zipfile
from pathlib import Path

import keras

from lib.data import Dataset
from lib.models import encoder, initial, linear
from lib.models.architectures import find
from lib.models.classifier import TextClassifier
from lib.models.ensemble import Ensemble
from lib.models.storage import ModelFileError


def build(
    name: str,
    dataset: Dataset,
    *,
    seed: int = 0,
    labelled: Dataset | None = None,
    **options,
) -> TextClassifier:
    """Return an untrained classifier for a data set: vectorizer fitted, first weights set.

    Args:
        name: of an architecture, a key of `lib.models.ARCHITECTURES`.
        dataset: its train part and label names are read, nothing else.
        seed: of all that is random: word vectors, initial weights, and later, in training, the
            order of the texts and dropout.
        labelled: the data set with the labels that may be known, if it will be trained on another
            one: fewer, as `data.subset` draws them, or with a teacher's answers (`data.taught`).
        options: of the vectorizer and of the network, by name. Sizes follow from the data.

    Raises:
        ValueError, TypeError: no such architecture or option, or a value that it doesn't admit.
        EncoderError: a pretrained encoder can't be had.
    """
    model = assemble(name, dataset, seed=seed, labelled=labelled, **options)
    initial.set_weights(model, dataset, labelled=labelled)
    return model


def assemble(
    name: str,
    dataset: Dataset,
    *,
    seed: int = 0,
    labelled: Dataset | None = None,
    **options,
) -> TextClassifier:
    """Return what `build` does, its weights as they were drawn: no word vectors are made yet."""
    architecture = find(name)
    of_network = architecture.options()
    of_vectorizer = dict(inspect.signature(architecture.vectorizer).parameters)
    if unknown := options.keys() - {*of_network, *of_vectorizer}:
        known = sorted({*of_network, *of_vectorizer})
        raise ValueError(f"{name} has no option {sorted(unknown)}; it has {known}.")
    text = architecture.text | {k: v for k, v in options.items() if k in of_vectorizer}
    keras.utils.set_random_seed(seed)
    if name == "nbsvm":
        vectorizer = linear.heaviest_ngrams(dataset, **text)
    elif name == "encoder":
        vectorizer = encoder.vectorizer(options["pretrained"], **text)
    else:
        vectorizer = _fitted(architecture.vectorizer, text, dataset)
    network = {k: v for k, v in options.items() if k in of_network}
    network |= initial.sizes(vectorizer, dataset, network)
    if "max_length" in of_network:  # a network with a vector for each position
        network["max_length"] = vectorizer.max_length
    model = TextClassifier(
        architecture=name,
        options=network,
        vectorizer=vectorizer,
        label_names=dataset.label_names,
        seed=seed,
    )
    model.made_from = [d.fingerprint for d in (dataset, labelled or dataset)]
    return model


_last = {}  # the vectorizer that was fitted last, by what it was made from


def _fitted(vectorizer: type, options: dict, dataset: Dataset):
    """Return a fitted vectorizer of the model's own; runs of one recipe have it fitted once."""
    made_from = vectorizer, repr(sorted(options.items())), dataset.fingerprint
    if made_from not in _last:
        fitted = vectorizer(**options).fit(dataset.train.texts)
        _last.clear()
        _last[made_from] = fitted
    return copy.deepcopy(_last[made_from])


def load(path: str | Path) -> TextClassifier | Ensemble:
    """Load a classifier or an ensemble as `keras.models.load_model` does; failures are one line.

    Raises:
        ModelFileError: no such file, damaged, of another format, or not a `TextClassifier`.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelFileError(f"There is no model file {path}.")
    if not zipfile.is_zipfile(path):
        raise ModelFileError(f"{path} is damaged or is not a .keras file.")
    try:
        loaded = keras.models.load_model(path)
    except Exception as error:  # Keras raises many kinds, with its reasons over many lines
        lines = [line for line in str(error).splitlines() if line.strip()] or [repr(error)]
        reason = lines[1] if lines[0].endswith(":") and len(lines) > 1 else lines[0]
        raise ModelFileError(f"{path} can't be loaded: {reason[:200]}.") from error
    if not isinstance(loaded, TextClassifier | Ensemble):
        raise ModelFileError(f"{path} holds a {type(loaded).__name__}, not a TextClassifier.")
    return loaded
