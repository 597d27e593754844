"""What several tests build: small encoders in Hugging Face format, batches, a model to serve."""

import json
import socket
import threading
import time

import numpy as np
from safetensors.numpy import save_file

from lib.text import SequenceVectorizer, TextPredictor

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
    return folder


def batch(pieces=100):
    """Ids and mask of four texts of different lengths, padded."""
    mask = np.arange(max(LENGTHS)) < np.array(LENGTHS)[:, None]
    ids = np.random.default_rng(1).integers(5, pieces, mask.shape) * mask
    return ids.astype("int32"), mask.astype("int32")


WORDS = {"vocabulary_size": 50, "embedding_dim": 8}  # of a small network on word ids


def network(name, **options):
    """Build an architecture's network without a vectorizer."""
    from lib.models import architectures

    return architectures.find(name).network(**options)


def free_port():
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


FAKE_WORDS = ["good", "bad", "film", "a", "the", "not", "fine", "plot"]


class FakeRuntime(TextPredictor):
    """A model without a network, whose batches are noted: `good` speaks for, `bad` against.

    While `open` is cleared, a batch that was begun waits.
    """

    def __init__(self, name="imdb/fake", folder=None, seconds=0.0):
        self.name, self.folder, self.seconds = name, folder, seconds
        self.architecture, self.figures = "fake", None
        self.vectorizer = SequenceVectorizer(vocabulary=FAKE_WORDS)
        self.label_names, self.batch_tokens = ("negative", "positive"), 2**17
        self.begun, self.batches = 0, []
        self.error = None
        self.open = threading.Event()
        self.open.set()

    def logits_of_batch(self, batch):
        self.begun += 1
        time.sleep(self.seconds)
        assert self.open.wait(20)
        self.batches.append(len(batch))
        if self.error:
            raise self.error
        for_it, against = ((batch == i).sum(axis=1) for i in (2, 3))
        return np.stack([against, for_it], axis=1).astype("float32")
