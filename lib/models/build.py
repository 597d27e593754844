"""`build`: the one way to make a model for a data set."""

import inspect

import keras

from lib.data import Dataset
from lib.models import encoder, initial, linear
from lib.models.architectures import find
from lib.models.classifier import TextClassifier


def build(name: str, dataset: Dataset, *, seed: int = 0, **options) -> TextClassifier:
    """Return an untrained classifier for a data set: vectorizer fitted, first weights set.

    Args:
        name: of an architecture, a key of `lib.models.ARCHITECTURES`.
        dataset: its train part and label names are read, nothing else.
        seed: of all that is random: word vectors, initial weights, and later, in training, the
            order of the texts and dropout.
        options: of the vectorizer and of the network, by name. Sizes follow from the data.

    Raises:
        ValueError: no such architecture or option, or a value that it doesn't admit.
        EncoderError: a pretrained encoder can't be had.
    """
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
        vectorizer = architecture.vectorizer(**text).fit(dataset.train.texts)
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
    initial.set_weights(model, dataset)
    return model
