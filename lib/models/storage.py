"""How weights lie in a saved file: tables in 8 bits, all else in 16.

A table (an embedding, or the first layer's weights of a bag of n-grams) has a row per word, and is
nearly all of a file. Each row is stored as int8 with a scale of its own, so that a rare word's
small weights lose no more, in proportion, than a frequent word's large ones.
"""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from lib import paths
from lib.models.layers import SparseDense

NARROW = 8  # columns below which a scale per row would cost more than it saves


class ModelFileError(Exception):
    """A model file that can't be loaded or written; the message says why, in one line."""


def stored_weights(network: keras.Model) -> list:
    """Return the weights that belong in a file: all but those of an encoder that isn't trained."""
    elsewhere = [layer for layer in network.layers if layer.name == "encoder"]
    left_out = {id(w) for layer in elsewhere if not layer.trainable for w in layer.weights}
    return [weight for weight in network.weights if id(weight) not in left_out]


def table_ids(network: keras.Model) -> set[int]:
    """Return the `id` of each weight that is a table, an encoder's matrices among them."""
    layers = [
        layer
        for layer in network.layers
        if layer.name == "encoder" or isinstance(layer, keras.layers.Embedding | SparseDense)
    ]
    matrices = (w for layer in layers for w in layer.weights if len(w.shape) == 2)
    return {id(w) for w in matrices if w.shape[1] >= NARROW}


def quantize(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a table's values as int8 of the same shape, and the scale of each row, float32.

    The largest value of a row becomes 127 or -127; a row of zeros stays zeros.
    """
    scale = np.abs(table).max(axis=1).astype("float32") / np.float32(127)
    divisor = np.where(scale > 0, scale, 1)[:, None]
    return np.rint(table / divisor).astype("int8"), scale


def dequantize(values: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return the table that `quantize` was given, float32, values off by half a scale at most."""
    return values.astype("float32") * scale[:, None]


def write(network: keras.Model, store) -> None:
    """Write the network's weights into Keras's store, a mapping from string to array."""
    tables = table_ids(network)
    for index, weight in enumerate(stored_weights(network)):
        if id(weight) in tables:
            store[f"{index}"], store[f"{index}_scale"] = quantize(weight.numpy())
        else:
            store[f"{index}"] = weight.numpy().astype("float16")


def read(network: keras.Model, store) -> None:
    """Give the network the weights in Keras's store.

    Raises:
        ValueError: they have other shapes.
    """
    weights = stored_weights(network)
    keys = [key for key in store.keys() if not key.endswith("_scale")]  # noqa: SIM118, a store
    found = [tuple(store[str(i)].shape) for i in range(len(keys))]
    expected = [tuple(weight.shape) for weight in weights]
    if found != expected:
        raise ValueError(f"its weights have shapes {found}, the network has {expected}")
    for index, weight in enumerate(weights):
        values = np.array(store[f"{index}"])
        if values.dtype == "int8":
            values = dequantize(values, np.array(store[f"{index}_scale"]))
        weight.assign(values)


def round_weights(network: keras.Model) -> None:
    """Round the weights to what a file keeps, so that figures are those of the saved model."""
    tables = table_ids(network)
    for weight in stored_weights(network):
        values = weight.numpy()
        table = id(weight) in tables
        weight.assign(dequantize(*quantize(values)) if table else values.astype("float16"))


def save(write: Callable, path: Path, overwrite: bool, **kwargs) -> None:
    """Write a `.keras` file, compressed, whole or not at all.

    Args:
        write: Keras's own `save` of the model.
        path: must end in `.keras`.
        overwrite: whether a file that is there may be replaced.
        kwargs: of `write`.

    Raises:
        ModelFileError: it can't be written, or is there and may not be overwritten.
    """
    if path.suffix != ".keras":
        raise ModelFileError(f"A model is saved as {path.stem}.keras, not {path.name}.")
    if path.exists() and not overwrite:
        raise ModelFileError(f"{path} is there already; overwrite=True replaces it.")
    try:
        with paths.written_whole(path) as partial:
            write(partial, **kwargs)
            deflate(partial)
    except OSError as error:
        raise ModelFileError(f"Can't write {path}: {error.strerror or error}.") from error


def deflate(path: Path) -> None:
    """Compress the members of a `.keras` file, a zip archive that Keras leaves uncompressed."""
    packed = path.with_suffix(".deflated")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, old.read(member), zipfile.ZIP_DEFLATED)
    os.replace(packed, path)
