"""Reading BERT and DistilBERT from a folder in Hugging Face format into KerasHub's backbone.

BERT with one segment is DistilBERT with its segment vector added to every position's, so both
become a `DistilBertBackbone`, and all that follows knows one kind of encoder. KerasHub has
converters of its own; but the one that Colab ships doesn't read BERT as sentence-transformers write
it, and the newest doesn't read a bare DistilBERT.
"""

import json
from pathlib import Path

BLOCKS = {  # the parts of a block, as a checkpoint calls them, in the order of KerasHub's
    "bert": (
        "encoder.layer",
        (
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
            "attention.output.LayerNorm",
            "output.LayerNorm",
            "intermediate.dense",
            "output.dense",
        ),
    ),
    "distilbert": (
        "transformer.layer",
        (
            "attention.q_lin",
            "attention.k_lin",
            "attention.v_lin",
            "attention.out_lin",
            "sa_layer_norm",
            "output_layer_norm",
            "ffn.lin1",
            "ffn.lin2",
        ),
    ),
}
SIZES = {  # the sizes, as KerasHub calls them, and as a checkpoint's configuration does
    "bert": {
        "vocabulary_size": "vocab_size",
        "num_layers": "num_hidden_layers",
        "num_heads": "num_attention_heads",
        "hidden_dim": "hidden_size",
        "intermediate_dim": "intermediate_size",
        "max_sequence_length": "max_position_embeddings",
    },
    "distilbert": {
        "vocabulary_size": "vocab_size",
        "num_layers": "n_layers",
        "num_heads": "n_heads",
        "hidden_dim": "dim",
        "intermediate_dim": "hidden_dim",
        "max_sequence_length": "max_position_embeddings",
    },
}


class EncoderError(Exception):
    """A pretrained encoder that can't be had or read; the message says what to do."""


def sizes(folder: Path) -> dict:
    """Return the options, as KerasHub calls them, that a checkpoint's backbone is built from.

    Raises:
        EncoderError: the folder is no checkpoint, or not of a BERT or DistilBERT.
    """
    config = _config(folder)
    kind = config["model_type"]
    if kind not in SIZES:
        raise EncoderError(f"{folder} holds a {kind!r}; only {' and '.join(SIZES)} can be read.")
    if missing := [name for name in SIZES[kind].values() if name not in config]:
        raise EncoderError(f"The config.json in {folder} lacks {', '.join(missing)}.")
    return {ours: config[name] for ours, name in SIZES[kind].items()}


def load_backbone(folder: Path):
    """Return the backbone converted from a folder in Hugging Face format.

    Raises:
        EncoderError: as `load_encoder`.
    """
    from keras_hub.models import DistilBertBackbone  # here: it takes seconds
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    options = sizes(folder)
    try:
        backbone = DistilBertBackbone(**options)
        stored = {_plain(name): w for name, w in load_file(folder / "model.safetensors").items()}
        arrays = _in_order(stored, _config(folder)["model_type"], backbone.num_layers)
        shapes = [tuple(weight.shape) for weight in backbone.weights]
        backbone.set_weights([a.reshape(s) for a, s in zip(arrays, shapes, strict=True)])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        reason = str(error).splitlines()[0][:200]
        raise EncoderError(
            f"The weights in {folder} can't be read ({type(error).__name__}: {reason}); if they "
            "were half downloaded, delete the folder and fetch them again."
        ) from error
    return backbone


def _plain(name: str) -> str:
    """Return a weight's name without the model's in front, and in today's terms."""
    name = name.removeprefix("bert.").removeprefix("distilbert.")
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace(
        "LayerNorm.beta", "LayerNorm.bias"
    )


def _in_order(stored: dict, kind: str, blocks: int) -> list:
    """Return the weights in the order of the backbone's; kernels are transposed."""
    positions = stored["embeddings.position_embeddings.weight"]
    if kind == "bert":
        positions = positions + stored["embeddings.token_type_embeddings.weight"][0]
    block, parts = BLOCKS[kind]
    names = ["embeddings.LayerNorm"]
    names += [f"{block}.{i}.{part}" for i in range(blocks) for part in parts]
    rest = [stored[f"{name}.{what}"].T for name in names for what in ("weight", "bias")]
    return [stored["embeddings.word_embeddings.weight"], positions, *rest]


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
        return config | {"model_type": config["model_type"], "vocab_size": config["vocab_size"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(
            f"{folder} is no checkpoint: its config.json names no model ({error!r:.100})."
        ) from error
