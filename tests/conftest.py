import json
import os
import sys
from pathlib import Path

os.environ["PROFILE"] = "demo"
os.environ["MPLBACKEND"] = "Agg"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras
import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import BertWordPieceTokenizer

import lib  # noqa: F401
from lib import classifier, data, paths, publishing, vectorizers


@pytest.fixture(scope="session")
def dataset():
    """The synthetic reviews."""
    return data.load("imdb")


@pytest.fixture(scope="session")
def wordpieces(dataset):
    """A small tokenizer like BERT's, with a vocabulary from the synthetic reviews."""
    trained = BertWordPieceTokenizer(lowercase=True)
    texts = [*dataset.train.texts[:300], "good bad film not a one, the worst"]
    trained.train_from_iterator(texts, vocab_size=600, min_frequency=1, show_progress=False)
    return BertWordPieceTokenizer(vocab=trained.get_vocab(), lowercase=True)


LENGTHS = (2, 5, 12, 30)  # of the texts in `batch`
WIDTH, INNER, POSITIONS, BLOCKS = 16, 32, 64, 2  # sizes of the small encoders


def write_encoder(folder, kind, tokenizer):
    """Write a small random encoder, `bert` or `distilbert`, in Hugging Face format."""
    folder.mkdir(parents=True, exist_ok=True)
    draw, weights, bert = np.random.default_rng(0), {}, kind == "bert"

    def add(name, *shape):
        weights[name] = draw.normal(size=shape, scale=0.3).astype("float32")

    def linear(name, inputs, outputs):
        add(f"{name}.weight", outputs, inputs)
        add(f"{name}.bias", outputs)

    def norm(name):
        add(f"{name}.weight", WIDTH)
        add(f"{name}.bias", WIDTH)

    pieces = tokenizer.get_vocab_size()
    top = "" if bert else "distilbert."
    add(f"{top}embeddings.word_embeddings.weight", pieces, WIDTH)
    add(f"{top}embeddings.position_embeddings.weight", POSITIONS, WIDTH)
    norm(f"{top}embeddings.LayerNorm")
    if bert:
        add("embeddings.token_type_embeddings.weight", 2, WIDTH)
        linear("pooler.dense", WIDTH, WIDTH)
    for i in range(BLOCKS):
        block = f"encoder.layer.{i}." if bert else f"distilbert.transformer.layer.{i}."
        inner = ("attention.self.query", "attention.self.key", "attention.self.value")
        inner += ("attention.output.dense", "intermediate.dense", "output.dense")
        if not bert:
            inner = ("attention.q_lin", "attention.k_lin", "attention.v_lin")
            inner += ("attention.out_lin", "ffn.lin1", "ffn.lin2")
        for name in inner[:4]:
            linear(block + name, WIDTH, WIDTH)
        linear(block + inner[4], WIDTH, INNER)
        linear(block + inner[5], INNER, WIDTH)
        norm(block + ("attention.output.LayerNorm" if bert else "sa_layer_norm"))
        norm(block + ("output.LayerNorm" if bert else "output_layer_norm"))
    config = {"model_type": kind, "vocab_size": pieces, "max_position_embeddings": POSITIONS}
    if bert:
        config |= {"hidden_size": WIDTH, "intermediate_size": INNER}
        config |= {"num_hidden_layers": BLOCKS, "num_attention_heads": 2}
    else:
        config |= {"dim": WIDTH, "hidden_dim": INNER, "n_layers": BLOCKS, "n_heads": 2}
        config |= {"dropout": 0.1}
    (folder / "config.json").write_text(json.dumps(config))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer.save(str(folder / "tokenizer.json"))
    told = {"tokenizer_class": "BertTokenizer", "do_lower_case": True}
    (folder / "tokenizer_config.json").write_text(json.dumps(told))
    by_id = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get)
    (folder / "vocab.txt").write_text("\n".join(by_id), encoding="utf-8")
    return folder


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A folder that stands in for the repository's, so that tests write nothing into it."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.delenv("DATA_DIR", raising=False)
    monkeypatch.delenv("ENCODER_DIR", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
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


@pytest.fixture
def checkpoint(workspace, wordpieces):
    """The folder of a small random BERT that `load_encoder("small")` finds."""
    return write_encoder(paths.pretrained_dir("small"), "bert", wordpieces)


def batch(pieces=100):
    """Ids and mask of four texts of different lengths, padded."""
    mask = np.arange(max(LENGTHS)) < np.array(LENGTHS)[:, None]
    ids = np.random.default_rng(1).integers(5, pieces, mask.shape) * mask
    return ids.astype("int32"), mask.astype("int32")


@pytest.fixture
def run(tiny, dataset, workspace):
    """A published (untrained) run; returns its JSON file."""
    publishing.publish(
        "lstm",
        title="LSTM",
        notebook="05_lstm",
        dataset=dataset,
        predict_proba=tiny.predict_proba,
        classifier=tiny,
        training={"seed": 1, "seconds": 2.0, "peak_memory_mb": 900.0},
    )
    return workspace / "models" / "demo" / "imdb" / "lstm.json"
