import json

import numpy as np
import pytest
from conftest import LENGTHS, batch, write_encoder
from safetensors.numpy import load_file, save_file
from tokenizers import BertWordPieceTokenizer

from lib import encoders, paths


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_hidden_states_are_those_of_the_reference(kind, workspace, wordpieces):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = write_encoder(paths.pretrained_dir("small"), kind, wordpieces)
    reference = transformers.AutoModel.from_pretrained(folder).eval()
    ids, mask = batch()
    with torch.no_grad():
        theirs = reference(torch.tensor(ids), attention_mask=torch.tensor(mask))
    backbone, _ = encoders.load_encoder("small")
    ours = np.asarray(backbone({"token_ids": ids, "padding_mask": mask}))
    difference = np.abs(ours - theirs.last_hidden_state.numpy())[mask.astype(bool)]
    assert difference.max() < 1e-4
    assert ours.std() > 0.1


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_names_of_other_writers_are_understood(kind, workspace, wordpieces):
    """With or without the model's name in front, and LayerNorm's gamma and beta."""
    folder = write_encoder(paths.pretrained_dir("small"), kind, wordpieces)
    expected = encoders.load_backbone(folder).get_weights()
    weights = load_file(folder / "model.safetensors")
    if kind == "bert":
        other = {
            "bert." + name.replace("Norm.weight", "Norm.gamma"): w for name, w in weights.items()
        }
    else:
        other = {name.removeprefix("distilbert."): w for name, w in weights.items()}
    other = {name.replace("LayerNorm.bias", "LayerNorm.beta"): w for name, w in other.items()}
    assert other.keys().isdisjoint(weights)
    save_file(other, folder / "model.safetensors")
    found = encoders.load_backbone(folder).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))


def test_padding_changes_nothing(checkpoint):
    backbone, _ = encoders.load_encoder("small")
    ids, mask = batch()
    together = np.asarray(backbone({"token_ids": ids, "padding_mask": mask}))
    for row, length in enumerate(LENGTHS):
        part = {"token_ids": ids[row, :length][None], "padding_mask": mask[row, :length][None]}
        assert np.allclose(together[row, :length], np.asarray(backbone(part))[0], atol=1e-5)


def test_tokenizer_gives_the_ids_of_its_file(checkpoint, wordpieces):
    _, tokenizer = encoders.load_encoder("small")
    text = "A good film, naïve; not bad!"
    assert tokenizer(text)["input_ids"] == wordpieces.encode(text).ids


def half(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5_000])


def a_missing_weight(folder):
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.bias"]
    save_file(weights, folder / "model.safetensors")


def another_width(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"intermediate_size": 64}))


def a_missing_size(folder):
    config = json.loads((folder / "config.json").read_text())
    del config["num_attention_heads"]
    (folder / "config.json").write_text(json.dumps(config))


def another_kind(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "gpt2"}))


def damaged_tokenizer(folder):
    tokenizer = folder / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text()[:500])


def no_tokenizer(folder):
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        (folder / name).unlink()


def a_longer_tokenizer(folder):
    longer = BertWordPieceTokenizer(vocab=str(folder / "vocab.txt"))
    longer.add_tokens(["extra"])
    longer.save(str(folder / "tokenizer.json"))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (half, "half downloaded"),
        (a_missing_weight, r"output\.dense\.bias.*half downloaded"),
        (another_width, "can't be read"),
        (lambda folder: (folder / "model.safetensors").unlink(), "half downloaded"),
        (lambda folder: (folder / "config.json").unlink(), "is no checkpoint"),
        (lambda folder: (folder / "config.json").write_text("[]"), "is no checkpoint"),
        (lambda folder: (folder / "config.json").write_text("{"), "is no checkpoint"),
        (a_missing_size, "lacks num_attention_heads"),
        (another_kind, "'gpt2'; only bert and distilbert"),
        (a_longer_tokenizer, "don't belong together"),
        (no_tokenizer, "no tokenizer: "),
        (damaged_tokenizer, "no tokenizer that can be read"),
    ],
)
def test_a_bad_checkpoint_is_said_in_one_line(checkpoint, damage, said):
    damage(checkpoint)
    with pytest.raises(encoders.EncoderError, match=said) as error:
        encoders.load_encoder("small")
    assert "\n" not in str(error.value)
