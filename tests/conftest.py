import os

os.environ["PROFILE"] = "demo"
os.environ["MPLBACKEND"] = "Agg"

import pytest
from support import write_encoder

from lib import data, paths


@pytest.fixture(scope="session")
def dataset():
    """The synthetic reviews."""
    return data.load("imdb")


@pytest.fixture(scope="session")
def wordpieces(dataset):
    """A small tokenizer like BERT's, with a vocabulary from the synthetic reviews."""
    from tokenizers import BertWordPieceTokenizer

    trained = BertWordPieceTokenizer(lowercase=True)
    texts = [*dataset.train.texts[:300], "good bad film not a one, the worst"]
    trained.train_from_iterator(texts, vocab_size=600, min_frequency=1, show_progress=False)
    return BertWordPieceTokenizer(vocab=trained.get_vocab(), lowercase=True)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A folder that stands in for the repository's, so that tests write nothing into it."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.delenv("DATA_DIR", raising=False)
    monkeypatch.delenv("ENCODER_DIR", raising=False)
    monkeypatch.delenv("RETRAIN", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return tmp_path


@pytest.fixture
def tiny(dataset):
    """An untrained LSTM classifier of a few hundred weights, without word vectors."""
    import keras

    from lib import models, text

    keras.utils.set_random_seed(1)
    vectorizer = text.SequenceVectorizer(vocabulary_size=300, max_length=40)
    vectorizer.fit(dataset.train.texts[:300])
    return models.TextClassifier(
        architecture="lstm",
        options={"vocabulary_size": 300, "embedding_dim": 8, "units": 4},
        vectorizer=vectorizer,
        label_names=dataset.label_names,
    )


@pytest.fixture
def checkpoint(workspace, wordpieces):
    """The folder of a small random BERT that is called "small"."""
    return write_encoder(paths.pretrained_dir("small"), "bert", wordpieces)


@pytest.fixture
def run(tiny, dataset, workspace):
    """A published (untrained) run; returns its JSON file."""
    from lib import evaluation

    evaluation.publish(
        tiny,
        dataset,
        {"seed": 1, "seconds": 2.0, "peak_memory_mb": 900.0},
        name="lstm",
        title="LSTM",
        notebook="05_lstm",
    )
    return workspace / "models" / "demo" / "imdb" / "lstm.json"
