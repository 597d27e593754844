import json
import shutil
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
from conftest import write_encoder

from lib import baselines, churn, classifier, data, models, paths, recipes, training
from lib.classifier import ModelFileError

TEXTS = ["The plot was not good.", "", "zyzzyva", "The ending was great, 🙂 really!", "a " * 3000]


def predict_in_a_new_interpreter(files, texts):
    """Load models as a user would, in a process that has seen nothing, and ask each."""
    code = (
        "import json, sys, warnings, lib, keras; warnings.simplefilter('ignore')\n"
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
    found = [np.array(json.loads(line)) for line in answer.stdout.splitlines()]
    assert len(found) == len(files)
    return found


@pytest.mark.filterwarnings("ignore:.*no known word")
def test_every_kind_of_model_predicts_the_same_in_a_new_interpreter(
    dataset, workspace, wordpieces, tmp_path, monkeypatch
):
    folder = write_encoder(paths.pretrained_dir("small"), "bert", wordpieces)
    tuned = {"options": {"trained_blocks": 1, "units": 8}, "text": {"max_length": 40}}
    built = {
        "encoder": recipes.encoder_classifier(dataset, "small", **tuned),
        "linear": baselines.tfidf_logistic_regression(dataset, max_features=500),
        "ffnn": recipes.bag_classifier(dataset, text={"max_features": 300}),
    }
    text = {"vocabulary_size": 300, "max_length": 40}
    for name in models.ARCHITECTURES.keys() - built.keys() - {"table"}:
        padding = "pre" if name == "rnn_last_state" else "post"
        built[name] = recipes.sequence_classifier(
            dataset, name, text=text | {"padding": padding}, options={"embedding_dim": 8}
        )
    before = {}
    for name, model in built.items():
        model.round_weights()
        before[name] = model.predict_proba(TEXTS)
        assert before[name].shape == (len(TEXTS), 2)
        assert np.allclose(before[name].sum(axis=1), 1)
        classifier.save(model, tmp_path / f"{name}.keras")
    monkeypatch.undo()
    shutil.rmtree(folder)  # a tuned encoder is whole in its own file
    after = predict_in_a_new_interpreter([tmp_path / f"{name}.keras" for name in built], TEXTS)
    for name, found in zip(built, after, strict=True):
        assert np.allclose(before[name], found, atol=1e-6), name


def test_a_classifier_of_rows_reloads(workspace, tmp_path):
    customers = data.load("churn")
    columns = {"numbers": churn.NUMBERS, "categories": churn.CATEGORIES}
    model = recipes.table_classifier(customers, **columns)
    training.train(model, customers, name="churn", epochs=3, learning_rate=1e-2, verbose=0)
    rows = customers.test.texts
    proba = model.predict_proba(rows)
    assert (proba.argmax(axis=1) == customers.test.labels).mean() > 0.75
    classifier.save(model, tmp_path / "churn.keras")
    again = classifier.load(tmp_path / "churn.keras")
    assert np.allclose(again.predict_proba(rows), proba, atol=1e-6)


def test_shipped_models_predict_in_a_new_interpreter():
    files = sorted((paths.ROOT / "models" / "imdb").glob("*.keras"))
    shipped = [path for path in files if path.stem not in ("minilm", "distilbert")]  # not in git
    assert shipped, "no shipped models"
    assert sum(path.stat().st_size for path in shipped) <= 80e6
    metrics = [json.loads(path.with_suffix(".json").read_text()) for path in shipped]
    texts = [probe["text"] for probe in metrics[0]["probes"]]
    after = predict_in_a_new_interpreter(shipped, texts)
    for path, m, found in zip(shipped, metrics, after, strict=True):
        recorded = [probe["probability"] for probe in m["probes"]]
        # 1e-6 on the machine that trained; other processors add in another order
        assert np.allclose(found[:, 1], recorded, atol=1e-4), path.name
        assert path.stat().st_size <= 10e6, f"{path.name} is larger than 10 MB"


def test_labels_and_reload_keep_everything(tiny, tmp_path):
    classifier.save(tiny, tmp_path / "model.keras")
    again = classifier.load(tmp_path / "model.keras")
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
    classifier.save(tiny, tmp_path / "model.keras")
    return tmp_path / "model.keras"


def test_file_of_another_version(saved, tmp_path):
    rewritten(saved, tmp_path / "old.keras", lambda config: config.update(format=0))
    with pytest.raises(ModelFileError, match="has format 0, this version of lib reads 1"):
        classifier.load(tmp_path / "old.keras")


def test_file_whose_architecture_is_unknown(saved, tmp_path):
    rewritten(saved, tmp_path / "new.keras", lambda config: config.update(architecture="mamba"))
    with pytest.raises(ModelFileError, match="No architecture 'mamba'"):
        classifier.load(tmp_path / "new.keras")


def test_file_whose_weights_do_not_fit_is_never_an_untrained_model(saved, tmp_path):
    rewritten(saved, tmp_path / "wide.keras", lambda config: config["options"].update(units=5))
    with pytest.raises(ModelFileError, match="weights have shapes"):
        classifier.load(tmp_path / "wide.keras")


def test_file_without_weights_is_never_an_untrained_model(saved, tmp_path):
    target = tmp_path / "empty.keras"
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(target, "w") as new:
        new.writestr("config.json", old.read("config.json"))
        new.writestr("metadata.json", old.read("metadata.json"))
    with pytest.raises(ModelFileError, match="can't be loaded"):
        classifier.load(target)


def test_corrupt_missing_and_foreign_files(saved, tmp_path):
    (tmp_path / "cut.keras").write_bytes(saved.read_bytes()[:-3000])
    with pytest.raises(ModelFileError, match="damaged"):
        classifier.load(tmp_path / "cut.keras")
    (tmp_path / "text.keras").write_text("not a model")
    with pytest.raises(ModelFileError, match="damaged or is not"):
        classifier.load(tmp_path / "text.keras")
    with pytest.raises(ModelFileError, match="There is no model"):
        classifier.load(tmp_path / "missing.keras")
    inputs = keras.Input((2,))
    keras.Model(inputs, keras.layers.Dense(1)(inputs)).save(tmp_path / "other.keras")
    with pytest.raises(ModelFileError, match="holds a Functional, not a TextClassifier"):
        classifier.load(tmp_path / "other.keras")


def test_flipped_bytes_in_the_weights_are_noticed(saved, tmp_path):
    content = bytearray(saved.read_bytes())
    middle = content.find(b"model.weights.h5") + 2000
    content[middle : middle + 64] = bytes(64)
    (tmp_path / "flipped.keras").write_bytes(content)
    with pytest.raises(ModelFileError, match="can't be loaded"):
        classifier.load(tmp_path / "flipped.keras")


def test_unwritable_folder(tiny, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelFileError, match="Can't write"):
        classifier.save(tiny, tmp_path / "file" / "model.keras")
