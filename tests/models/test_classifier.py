import json
import shutil
import subprocess
import sys
import warnings
import zipfile

import keras
import numpy as np
import pytest
from support import write_encoder

from lib import data, models, paths
from lib.models import ModelFileError
from lib.models.batches import BucketedBatches

TEXTS = ["The plot was not good.", "", "zyzzyva", "The ending was great, 🙂 really!", "a " * 3000]


def predict_in_a_new_interpreter(files, texts):
    """Load models as a user would, in a process that has seen nothing, and ask each."""
    code = (
        "import json, sys, warnings; from lib import models; import keras\n"
        "warnings.simplefilter('ignore')\n"
        "texts = json.load(sys.stdin)\n"
        "for file in sys.argv[1:]:\n"
        "    model = keras.models.load_model(file)\n"
        "    print(json.dumps(model.predict_proba(texts).tolist()))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, *map(str, files)],
        cwd=paths.ROOT,
        input=json.dumps(texts),
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    answers = [np.array(json.loads(line)) for line in answer.stdout.splitlines()]
    assert len(answers) == len(files)
    return answers


@pytest.mark.filterwarnings("ignore:.*no known word")
def test_every_kind_of_model_predicts_the_same_in_a_new_interpreter(
    dataset, workspace, wordpieces, tmp_path, monkeypatch
):
    folder = write_encoder(paths.pretrained_dir("small"), "bert", wordpieces)
    options = {
        "encoder": {"pretrained": "small", "trained_blocks": 1, "units": 8, "max_length": 40},
        "ffnn": {"max_features": 300},
        "linear_svm": {"max_features": 300},
        "nbsvm": {"max_features": 300},
        "tfidf_lr": {"max_features": 300},
    }
    of_words = {"vocabulary_size": 300, "max_length": 40, "embedding_dim": 8}
    before = {}
    for name in models.ARCHITECTURES.keys() - {"table", "complement_naive_bayes"}:
        model = models.build(name, dataset, **options.get(name, of_words))
        model.round_weights()
        before[name] = model.predict_proba(TEXTS)
        assert before[name].shape == (len(TEXTS), 2)
        assert np.allclose(before[name].sum(axis=1), 1)
        model.save(tmp_path / f"{name}.keras")
    monkeypatch.undo()
    shutil.rmtree(folder)  # a tuned encoder is whole in its own file
    after = predict_in_a_new_interpreter([tmp_path / f"{name}.keras" for name in before], TEXTS)
    for (name, expected), answers in zip(before.items(), after, strict=True):
        assert np.allclose(expected, answers, atol=1e-6), name


def test_a_classifier_of_rows_reloads(workspace, tmp_path):
    customers = data.load("churn")
    columns = {"numbers": data.churn.NUMBERS, "categories": data.churn.CATEGORIES}
    model = models.build("table", customers, **columns)
    model.round_weights()
    rows = customers.test.texts
    model.save(tmp_path / "churn.keras")
    again = models.load(tmp_path / "churn.keras")
    assert np.allclose(again.predict_proba(rows), model.predict_proba(rows), atol=1e-6)


def test_shipped_models_predict_in_a_new_interpreter():
    tracked = ["git", "ls-files", "models/imdb/*.keras"]  # a notebook may have left others there
    listed = subprocess.run(tracked, cwd=paths.ROOT, capture_output=True, text=True, check=True)
    shipped = [paths.ROOT / name for name in listed.stdout.splitlines()]
    assert shipped, "no shipped models"
    assert sum(path.stat().st_size for path in shipped) <= 80e6
    metrics = [json.loads(path.with_suffix(".json").read_text()) for path in shipped]
    texts = [probe["text"] for probe in metrics[0]["probes"]]
    after = predict_in_a_new_interpreter(shipped, texts)
    for path, m, found in zip(shipped, metrics, after, strict=True):
        recorded = [probe["probability"] for probe in m["probes"]]
        # 1e-6 on the machine that trained; other processors add in another order
        assert np.allclose(found[:, 1], recorded, atol=1e-4), path.name
        limit = 25e6 if path.stem == "minilm" else 10e6
        assert path.stat().st_size <= limit, f"{path.name} is larger than {limit / 1e6:.0f} MB"


def test_labels_and_reload_keep_everything(tiny, tmp_path):
    tiny.save(tmp_path / "model.keras")
    again = models.load(tmp_path / "model.keras")
    assert again.label_names == ("negative", "positive")
    assert again.vectorizer.vocabulary == tiny.vectorizer.vocabulary
    assert again.options == tiny.options
    assert set(again.predict_labels(["good", "bad"])) <= set(again.label_names)


def test_batches_do_not_change_the_answer(tiny, dataset):
    texts = dataset.test.texts[:50]
    whole = tiny.predict_proba(texts)
    assert np.allclose(tiny.predict_proba(texts, batch_size=7), whole, atol=1e-6)
    assert np.allclose(tiny.predict_proba([texts[13]])[0], whole[13], atol=1e-6)


def test_empty_and_unknown_texts_get_an_answer_and_a_warning(tiny):
    with pytest.warns(UserWarning, match="2 of 3 texts hold no known word"):
        answer = tiny.predict_proba(["", "zyzzyva", "good plot"])
    assert np.isfinite(answer).all()


def test_huge_text_and_no_text(tiny):
    assert tiny.predict_proba(["good film " * 100_000]).shape == (1, 2)
    assert tiny.predict_proba([]).shape == (0, 2)


def test_wrong_types_are_refused(tiny):
    with pytest.raises(TypeError, match="not one string"):
        tiny.predict_proba("a text")
    with pytest.raises(TypeError, match="Text 1 is float"):
        tiny.predict_proba(["a text", float("nan")])


def rewritten(source, target, change):
    """Copy a .keras file with its config changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config["config"])
                content = json.dumps(config).encode()
            new.writestr(name, content)


@pytest.fixture
def saved(tiny, tmp_path):
    tiny.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def test_file_of_another_version(saved, tmp_path):
    rewritten(saved, tmp_path / "old.keras", lambda config: config.update(format=0))
    with pytest.raises(ModelFileError, match="has format 0, this lib reads 2"):
        models.load(tmp_path / "old.keras")


def test_file_whose_architecture_is_unknown(saved, tmp_path):
    rewritten(saved, tmp_path / "new.keras", lambda config: config.update(architecture="mamba"))
    with pytest.raises(ModelFileError, match="architecture='mamba' is not one of"):
        models.load(tmp_path / "new.keras")


def test_file_whose_weights_do_not_fit_is_never_an_untrained_model(saved, tmp_path):
    rewritten(saved, tmp_path / "wide.keras", lambda config: config["options"].update(units=5))
    with pytest.raises(ModelFileError, match="weights have shapes"):
        models.load(tmp_path / "wide.keras")


def test_file_without_weights_is_never_an_untrained_model(saved, tmp_path):
    target = tmp_path / "empty.keras"
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(target, "w") as new:
        new.writestr("config.json", old.read("config.json"))
        new.writestr("metadata.json", old.read("metadata.json"))
    with pytest.raises(ModelFileError, match="can't be loaded"):
        models.load(target)


def test_corrupt_missing_and_foreign_files(saved, tmp_path):
    (tmp_path / "cut.keras").write_bytes(saved.read_bytes()[:-3000])
    with pytest.raises(ModelFileError, match="damaged"):
        models.load(tmp_path / "cut.keras")
    (tmp_path / "text.keras").write_text("not a model")
    with pytest.raises(ModelFileError, match="damaged or is not"):
        models.load(tmp_path / "text.keras")
    with pytest.raises(ModelFileError, match="There is no model"):
        models.load(tmp_path / "missing.keras")
    inputs = keras.Input((2,))
    keras.Model(inputs, keras.layers.Dense(1)(inputs)).save(tmp_path / "other.keras")
    with pytest.raises(ModelFileError, match="holds a Functional, not a TextClassifier"):
        models.load(tmp_path / "other.keras")


def test_flipped_bytes_in_the_weights_are_noticed(saved, tmp_path):
    content = bytearray(saved.read_bytes())
    middle = content.find(b"model.weights.h5") + 2000
    content[middle : middle + 64] = bytes(64)
    (tmp_path / "flipped.keras").write_bytes(content)
    with pytest.raises(ModelFileError, match="can't be loaded"):
        models.load(tmp_path / "flipped.keras")


def test_unwritable_folder(tiny, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelFileError, match="Can't write"):
        tiny.save(tmp_path / "file" / "model.keras")


# TextClassifier is a Keras model: what a Keras user expects works on raw texts.


def test_weights_and_summary_are_the_networks(tiny, capsys):
    assert len(tiny.weights) == len(tiny.network.weights) > 0
    assert tiny.count_params() == tiny.network.count_params() > 2_000
    tiny.summary()
    assert "embedding" in capsys.readouterr().out
    assert isinstance(tiny, keras.Model)


def test_fit_evaluate_and_predict_take_lists_of_strings(dataset, tiny):
    texts, labels = dataset.train.texts[:200], dataset.train.labels[:200]
    before = tiny.get_weights()
    history = tiny.fit(
        texts, labels, batch_size=32, epochs=2, validation_data=(texts[:50], labels[:50]), verbose=0
    )
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert any(not np.array_equal(a, b) for a, b in zip(before, tiny.get_weights(), strict=True))
    logits = tiny.predict(texts)
    assert logits.shape == (200, 2)
    assert logits.dtype == np.float32
    loss, accuracy = tiny.evaluate(texts, labels, verbose=0)
    assert accuracy == pytest.approx((logits.argmax(axis=1) == labels).mean(), abs=1e-6)
    assert loss == pytest.approx(history.history["val_loss"][-1], abs=0.3)
    assert np.allclose(tiny.predict_on_batch(texts[:3]), logits[:3], atol=1e-5)


def test_fit_and_evaluate_take_collated_batches_as_well(dataset, tiny):
    """Their labels used to be dropped."""
    texts, labels = dataset.train.texts[:64], dataset.train.labels[:64]
    ids = tiny.vectorizer.collate(tiny.vectorizer.transform(texts))
    of_texts, of_ids = (tiny.evaluate(x, labels, verbose=0) for x in (texts, ids))
    assert of_ids == pytest.approx(of_texts, abs=1e-5)
    silent = tiny.evaluate(ids, labels, sample_weight=np.zeros(64), verbose=0)[0]
    assert silent == pytest.approx(0)
    history = tiny.fit(ids, labels, batch_size=16, validation_data=(ids, labels), verbose=0).history
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    batches = BucketedBatches(
        tiny.vectorizer.transform(texts), labels, tiny.vectorizer.collate, batch_size=16
    )
    losses = tiny.fit(batches, validation_data=(texts, labels), verbose=0).history["loss"]
    assert np.isfinite(losses).all()


def test_it_learns_by_keras_own_fit_and_any_compile(dataset, tiny):
    tiny.compile(
        keras.optimizers.Adam(5e-2),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    texts, labels = dataset.train.texts[:300], dataset.train.labels[:300]
    losses = tiny.fit(texts, labels, batch_size=16, epochs=30, verbose=0).history["loss"]
    assert losses[-1] < 0.8 * losses[0]
    one = tiny.train_on_batch(texts[:16], labels[:16])
    assert np.isfinite(one).all()
    assert np.isfinite(tiny.test_on_batch(texts[:16], labels[:16])).all()


def test_a_model_trained_by_keras_saves_without_its_optimizer(dataset, tiny, tmp_path):
    tiny.fit(dataset.train.texts[:64], dataset.train.labels[:64], verbose=0)
    tiny.round_weights()
    tiny.save(tmp_path / "model.keras")
    assert (tmp_path / "model.keras").stat().st_size < 20_000
    again = keras.models.load_model(tmp_path / "model.keras")
    texts = dataset.test.texts[:20]
    assert np.allclose(again.predict_proba(texts), tiny.predict_proba(texts), atol=1e-6)
    again.fit(dataset.train.texts[:64], dataset.train.labels[:64], verbose=0)


def test_sample_weights_count(dataset, tiny):
    texts, labels = dataset.train.texts[:40], dataset.train.labels[:40]
    silent = tiny.evaluate(texts, labels, sample_weight=np.zeros(40), verbose=0)[0]
    assert silent == pytest.approx(0)


@pytest.mark.parametrize("labels", [[0], [0, 2], [0.5, 1], ["negative", "positive"], None])
def test_labels_that_do_not_fit_are_said_in_one_line(tiny, labels):
    with pytest.raises(ValueError, match="one label per text, integers from 0 to 1"):
        tiny.fit(["good", "bad"], labels, verbose=0)


def test_keras_callbacks_can_keep_the_best_weights(dataset, tiny, tmp_path):
    keep = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.weights.h5", monitor="loss", save_weights_only=True, save_best_only=True
    )
    tiny.fit(dataset.train.texts[:64], dataset.train.labels[:64], callbacks=[keep], verbose=0)
    after = tiny.predict_logits(dataset.test.texts[:5])
    tiny.load_weights(tmp_path / "best.weights.h5")
    assert np.allclose(tiny.predict_logits(dataset.test.texts[:5]), after, atol=0.02)


def test_overwriting_and_other_endings(tiny, tmp_path):
    tiny.save(tmp_path / "model.keras")
    with pytest.raises(ModelFileError, match="is there already"):
        tiny.save(tmp_path / "model.keras", overwrite=False)
    with pytest.raises(ModelFileError, match=r"saved as model\.keras"):
        tiny.save(tmp_path / "model.h5")


def test_files_are_small(tiny, saved):
    """The table in 8 bits, the vocabulary deflated."""
    with zipfile.ZipFile(saved) as file:
        assert all(member.compress_type == zipfile.ZIP_DEFLATED for member in file.infolist())
    assert saved.stat().st_size < 16_000


def test_a_quantized_file_answers_nearly_as_float32(dataset, tmp_path):
    """On shipped weights, whose labels are those of a trained network."""
    model = models.load(paths.ROOT / "models" / "imdb" / "gru.keras")
    texts = dataset.test.texts[:200]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = model.predict_proba(texts)
        model.save(tmp_path / "gru.keras")
        after = models.load(tmp_path / "gru.keras").predict_proba(texts)
    assert np.abs(after - before).max() < 0.03
    assert (tmp_path / "gru.keras").stat().st_size < 2.6e6
