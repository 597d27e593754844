import keras
import numpy as np
import pytest
from support import LENGTHS, batch, write_encoder

from lib import models
from lib.models import encoder, pretrained
from lib.models.pretrained import EncoderError


@pytest.fixture
def offline(monkeypatch):
    """Fails the test if anything is asked of the hub."""

    def fail(*args, **kwargs):
        pytest.fail("a download was tried")

    monkeypatch.setattr("huggingface_hub.snapshot_download", fail)
    monkeypatch.setattr("socket.socket.connect", fail)


def small(dataset, **options):
    return models.build("encoder", dataset, pretrained="small", max_length=24, units=8, **options)


def states(folder, ids):
    """The inner encoder's states, straight from a folder."""
    options = {"trained_blocks": 0, "concatenated": 1, "dropout": 0.0, "dtype": "float32"}
    body = models.bert.encoder(**pretrained.sizes(folder), **options)
    body.set_weights(pretrained.weights(folder))
    return np.asarray(body(ids))


def pooled(network, ids):
    return np.asarray(keras.Model(network.input, network.get_layer("pooled").output)(ids))


def test_only_the_chosen_blocks_are_trained(checkpoint, dataset):
    frozen = small(dataset)
    assert {w.path.split("/")[0] for w in frozen.network.trainable_weights} == {"hidden", "logits"}
    tuned = small(dataset, trained_blocks=1)
    trained = {w.path for w in tuned.network.trainable_weights}
    assert {path.split("/")[0] for path in trained} == {"block_2", "hidden", "logits"}
    ids = batch()[0]
    assert np.allclose(pooled(frozen.network, ids), pooled(tuned.network, ids), atol=1e-6)


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_pooling_is_as_named(checkpoint, dataset, pooling):
    ids, _ = batch()
    features = pooled(small(dataset, pooling=pooling).network, ids)
    for row, length in enumerate(LENGTHS):
        kept = states(checkpoint, ids)[row, :length]
        expected = kept.mean(axis=0) if pooling == "mean" else kept[0]
        assert np.allclose(features[row], expected, atol=1e-5)


def test_the_graph_is_built_without_a_file(workspace, offline):
    backbone = {"vocabulary_size": 50, "num_layers": 2, "num_heads": 2, "hidden_dim": 16}
    backbone |= {"intermediate_dim": 32, "max_sequence_length": 12}
    network = encoder.encoder(pretrained="nowhere", backbone=backbone, classes=3)
    assert network.output.shape == (None, 3)
    assert network.get_layer("encoder").count_params() > 0


def test_a_frozen_model_stores_its_head_alone(checkpoint, dataset, tmp_path):
    frozen, tuned = small(dataset), small(dataset, trained_blocks=2)
    for name, model in (("frozen", frozen), ("tuned", tuned)):
        model.round_weights()
        model.save(tmp_path / f"{name}.keras")
    size = {name: (tmp_path / f"{name}.keras").stat().st_size for name in ("frozen", "tuned")}
    assert size["tuned"] - size["frozen"] > tuned.network.get_layer("encoder").count_params() / 2
    texts = ["a good film", "the worst", "bad " * 10_000]
    for name, model in (("frozen", frozen), ("tuned", tuned)):
        again = models.load(tmp_path / f"{name}.keras")
        assert np.allclose(again.predict_proba(texts), model.predict_proba(texts), atol=1e-6)


def test_what_was_trained_in_16_bits_answers_in_32(checkpoint, dataset, tmp_path):
    options = {"trained_blocks": 1, "window": 8}
    full, half = small(dataset, **options), small(dataset, dtype="mixed_bfloat16", **options)
    half.network.set_weights(full.network.get_weights())
    texts = ["a good film", "the worst of all films " * 3]
    in_training = half.predict_proba(texts)
    for model in (full, half):
        model.round_weights()
        model.save(tmp_path / "model.keras")
    answer = full.predict_proba(texts)
    assert not np.allclose(in_training, answer, rtol=0, atol=1e-6)
    assert np.allclose(half.predict_proba(texts), answer, rtol=0, atol=1e-7)
    again = models.load(tmp_path / "model.keras")
    assert np.allclose(again.predict_proba(texts), answer, rtol=0, atol=1e-7)
    assert again.options == half.options  # what it was trained in is known


def test_another_encoder_is_refused(checkpoint, dataset, tmp_path, wordpieces, monkeypatch):
    """`ENCODER_DIR` answers for any name, and a frozen file holds the encoder's name only."""
    path = tmp_path / "frozen.keras"
    model = small(dataset)
    model.save(path)
    other = write_encoder(tmp_path / "other", "distilbert", wordpieces)
    monkeypatch.setenv("ENCODER_DIR", str(other))
    with pytest.raises(EncoderError) as error:
        keras.models.load_model(path)
    for folder in (checkpoint, other):
        assert pretrained.sha256(folder)[:12] in str(error.value)
    assert str(other) in str(error.value)
    assert "\n" not in str(error.value)


def test_loading_downloads_nothing(checkpoint, dataset, tmp_path, offline):
    """Whoever writes a `.keras` file chooses the name in it."""
    small(dataset).save(tmp_path / "frozen.keras")
    checkpoint.rename(checkpoint.with_name("gone"))
    with pytest.raises(EncoderError, match="was not downloaded"):
        keras.models.load_model(tmp_path / "frozen.keras")
    with pytest.raises(models.ModelFileError, match="was not downloaded"):
        models.load(tmp_path / "frozen.keras")


def test_weights_of_another_size_are_refused(checkpoint, dataset):
    model = small(dataset)
    options = model.options | {"backbone": model.options["backbone"] | {"intermediate_dim": 64}}
    network = encoder.encoder(**options)
    with pytest.raises(EncoderError, match="of other sizes than 'small' has") as error:
        encoder.load_pretrained(network, options, download=False)
    assert "\n" not in str(error.value)


def test_a_text_longer_than_the_positions_is_refused(checkpoint):
    with pytest.raises(ValueError, match="at most 64 pieces"):
        encoder.vectorizer("small", max_length=65)


def test_words_attend_within_their_window(checkpoint, dataset):
    model = small(dataset, window=8)
    ids = np.full((2, 16), 7, "int32")
    ids[1, 8:] = 0
    layer = keras.Model(model.network.input, model.network.get_layer("joined").output)
    long, short = np.asarray(layer(ids))
    assert long[:8] == pytest.approx(short[:8], abs=1e-5)  # what stands in the next is not seen
    assert long[8:] == pytest.approx(long[:8], abs=1e-5)  # positions start anew
    means = pooled(model.network, ids)
    assert means[0] == pytest.approx(means[1], abs=1e-5)  # padding is left out
