import zipfile

import numpy as np
import pytest
from support import WORDS, network

from lib.models import storage


def test_a_table_keeps_its_values_to_half_a_step_of_its_row():
    table = np.random.default_rng(0).normal(size=(50, 20)).astype("float32")
    table *= np.logspace(-6, 3, 50, dtype="float32")[:, None]  # rows of very different size
    values, scale = storage.quantize(table)
    assert values.dtype == np.int8
    assert scale.shape == (50,)
    error = np.abs(storage.dequantize(values, scale) - table)
    assert (error <= 0.501 * scale[:, None]).all()


def test_rows_of_zeros_stay_zeros_and_rounding_twice_is_rounding_once():
    table = np.random.default_rng(0).normal(size=(30, 9)).astype("float32")
    table[0] = 0
    once = storage.dequantize(*storage.quantize(table))
    twice = storage.dequantize(*storage.quantize(once))
    assert not once[0].any()
    assert np.allclose(once, twice, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    ("name", "options", "tables"),
    [
        ("lstm", {"units": 4, **WORDS}, 1),
        ("ffnn", {"features": 30, "units": 16}, 1),  # the n-grams' fixed weights are one column
        ("tfidf_lr", {"features": 30}, 0),  # two columns
        ("transformer", WORDS, 1),
    ],
)
def test_tables_are_written_in_8_bits_and_all_else_in_16(name, options, tables):
    built, store = network(name, **options), {}
    storage.write(built, store)
    kinds = [str(value.dtype) for key, value in store.items() if not key.endswith("_scale")]
    assert kinds.count("int8") == tables
    assert set(kinds) <= {"int8", "float16"}
    other = network(name, **options)
    storage.read(other, store)
    storage.round_weights(built)
    for ours, theirs in zip(built.get_weights(), other.get_weights(), strict=True):
        assert np.allclose(ours, theirs, rtol=1e-6, atol=0)


def test_the_first_formats_weights_are_read():
    built = network("lstm", units=4, **WORDS)
    store = {str(i): w.astype("float16") for i, w in enumerate(built.get_weights())}
    other = network("lstm", units=4, **WORDS)
    storage.read(other, store)
    for ours, theirs in zip(built.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(ours.astype("float16"), theirs.astype("float16"))


def test_weights_of_another_shape_are_refused():
    store = {}
    storage.write(network("lstm", units=4, **WORDS), store)
    with pytest.raises(ValueError, match="its weights have shapes"):
        storage.read(network("lstm", units=5, **WORDS), store)


def test_deflated_members_hold_what_they_held(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as file:
        file.writestr("config.json", "words " * 1000)
    storage.deflate(tmp_path / "a.keras")
    with zipfile.ZipFile(tmp_path / "a.keras") as file:
        assert file.read("config.json") == b"words " * 1000
    assert (tmp_path / "a.keras").stat().st_size < 500
    assert [path.name for path in tmp_path.iterdir()] == ["a.keras"]
