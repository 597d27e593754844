import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from lib.serve.drift import Drift, features, holm, load_reference, stability_index, write_reference

draw = np.random.default_rng(0)
GOOD = [" ".join(["good"] * n + ["film"] * n) for n in draw.integers(2, 40, 300)]
ODD = ["zebra xyzzy quagga"] * 150


def watched(runtime, texts):
    drift = Drift(runtime)
    drift.add(texts, runtime.vectorizer.transform(texts), runtime.predict_proba(texts))
    return drift.report()


def test_features_are_length_unknown_and_probability(fake):
    runtime = fake()
    texts = ["good film", "good zebra zebra zebra"]
    rows, p = runtime.vectorizer.transform(texts), runtime.predict_proba(texts)
    found = features(texts, rows, p)
    assert found[:, 0].tolist() == [2, 4]
    assert found[:, 1].tolist() == [0, 0.75]
    assert found[:, 2] == pytest.approx(p[:, 1], abs=1e-3)  # 16 bits
    bag = [(np.array([1, 2, 3]), np.ones(3)), (np.array([1]), np.ones(1))]
    known, less = features(["a b c", "a b c"], bag, p)[:, 1]
    assert known < less
    nothing, one = (np.zeros(1, int), np.zeros(1)), (np.ones(1, int), np.ones(1))
    assert features(["x", "a"], [nothing, one], p)[:, 1].tolist() == [1, 0.5]
    pieces = [np.array([101, 100, 102])]
    assert features(["x"], pieces, p, unknown_id=100)[0, 1] == pytest.approx(1 / 3, abs=1e-3)


def test_index_of_two_samples_by_hand():
    expected = np.arange(1000)
    assert stability_index(expected, expected) == pytest.approx(0, abs=1e-3)
    half = np.arange(500)  # all in the lower five of ten bins
    bins = np.array([0.2] * 5 + [0.001] * 5)
    assert stability_index(expected, half) == pytest.approx(
        ((bins - 0.1) * np.log(bins / 0.1)).sum(), rel=0.01
    )
    assert stability_index(np.zeros(50), np.zeros(50)) == 0  # values that are all the same


def test_holm_is_that_of_statsmodels():
    for p in ([0.01, 0.04, 0.03], [0.5, 0.9, 0.001], [0.02], [1.0, 1.0]):
        assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


@pytest.mark.filterwarnings("ignore:.*no known word")
def test_it_fires_on_other_texts_and_not_on_the_same_kind(fake):
    runtime = fake()
    write_reference(runtime, GOOD, runtime.folder / "reference.npz")
    same = [" ".join(["good"] * n + ["film"] * n) for n in draw.integers(2, 40, 200)]
    report = watched(runtime, same)
    assert report["texts"] == 200
    assert not report["drift"]
    report = watched(runtime, ODD)
    assert report["drift"]
    assert report["watched"]["unknown"]["drift"]
    assert report["watched"]["length"]["median"] == 3


def test_too_little_to_compare_is_said(fake):
    runtime = fake()
    assert "no reference" in watched(runtime, GOOD)["note"]
    write_reference(runtime, GOOD, runtime.folder / "reference.npz")
    assert "fewer than" in watched(runtime, GOOD[:20])["note"]


def test_only_the_last_texts_count(fake):
    runtime = fake()
    drift = Drift(runtime, last=50)
    drift.add(GOOD, runtime.vectorizer.transform(GOOD), runtime.predict_proba(GOOD))
    assert len(drift.recent) == 50


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 not a zip"])
def test_a_reference_that_cannot_be_read_is_none(tmp_path, content):
    if content is not None:
        (tmp_path / "reference.npz").write_bytes(content)
    assert load_reference(tmp_path / "reference.npz") is None
