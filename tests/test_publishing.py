import subprocess
from pathlib import Path

import numpy as np
import pytest

from lib import classifier, paths, publishing, results


def test_publish_writes_three_files_that_read_back(run, tiny, dataset):
    result = results.read(run)
    m = result.metrics
    assert m["synthetic"] is True
    assert m["data"]["fingerprint"] == dataset.fingerprint
    assert m["data"]["n_test"] == len(dataset.test) == len(result.labels["test"])
    assert m["model"]["parameters"] == tiny.network.count_params()
    assert m["test"]["confusion"]
    assert m["validation"]["loss"] > 0
    assert m["inference"]["texts_per_second"] > 0
    assert m["environment"]["keras"]
    assert result.model_file == run.with_suffix(".keras")
    probabilities = tiny.predict_proba(dataset.test.texts)
    assert np.allclose(result.probabilities["test"], probabilities, atol=1e-6)
    assert not list(run.parent.glob(".*partial*"))


def test_without_a_classifier_there_is_no_model_file(dataset, workspace):
    share = np.bincount(dataset.train.labels) / len(dataset.train)
    asked = []

    def majority(texts):
        asked.append(list(texts))
        return np.tile(share, (len(texts), 1))

    metrics = publishing.publish(
        "majority",
        title="Majority class",
        notebook="02_embeddings",
        dataset=dataset,
        predict_proba=majority,
        training={"seed": 0, "seconds": 0.0},
        probes=(),
    )
    assert metrics["model"] == metrics["text"] == {}
    assert metrics["probes"] == []
    folder = paths.models_dir("imdb")
    assert sorted(p.name for p in folder.iterdir()) == ["majority.json", "majority.npz"]
    assert asked.count(list(dataset.test.texts)) == 1  # the test part is touched once


def test_reloaded_elsewhere_a_model_must_answer_as_it_does_here(
    tiny, dataset, workspace, tmp_path, monkeypatch
):
    monkeypatch.setattr(paths, "ROOT", Path(publishing.__file__).parents[1])
    files = [tmp_path / "one.keras", tmp_path / "two.keras"]
    models = {}
    for file in files:
        classifier.save(tiny, file)
        models[file] = classifier.load(file)
    texts = ["A good film.", "Naïve “quotes” and\nnew lines"]
    there = publishing.reload(models, texts)
    assert list(there) == files
    for file, model in models.items():
        assert there[file] == pytest.approx(model.predict_proba(texts), abs=1e-6)
    weights = models[files[1]].network.trainable_weights[-1]
    weights.assign_add([0.1, 0.0])  # of the answer's bias
    with pytest.raises(ValueError, match=r"two\.keras does not answer"):
        publishing.reload(models, texts)


def test_a_file_that_cannot_be_loaded_elsewhere_is_said(tiny, tmp_path):
    broken = tmp_path / "broken.keras"
    broken.write_bytes(b"PK no")
    with pytest.raises(subprocess.CalledProcessError):
        publishing.reload({broken: tiny}, ["A good film."])
