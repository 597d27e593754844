import os
import sys
from pathlib import Path

os.environ["PROFILE"] = "demo"
os.environ["MPLBACKEND"] = "Agg"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras
import pytest

import lib  # noqa: F401
from lib import classifier, data, paths, vectorizers


@pytest.fixture(scope="session")
def dataset():
    """The synthetic reviews."""
    return data.load("imdb")


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A folder that stands in for the repository's, so that tests write nothing into it."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.delenv("DATA_DIR", raising=False)
    return tmp_path


@pytest.fixture
def tiny(dataset):
    """An untrained LSTM classifier of a few hundred weights."""
    keras.utils.set_random_seed(1)
    vectorizer = vectorizers.SequenceVectorizer(vocabulary_size=300, max_length=40)
    vectorizer.fit(dataset.train.texts[:300])
    return classifier.TextClassifier(
        architecture="lstm",
        options={"vocabulary_size": 300, "embedding_dim": 8, "units": 4},
        vectorizer=vectorizer,
        label_names=dataset.label_names,
    )
