import json
import subprocess
import sys
import threading

import numpy as np
import pytest

onnxruntime = pytest.importorskip("onnxruntime", reason="needs requirements-serve.txt")

from lib import data, models, paths
from lib.evaluation import explain
from lib.export import export
from lib.export.folder import FORMAT as folder_format
from lib.serve import ExportError, Runtime
from lib.serve.runtime import FORMAT

TEXTS = ["A wonderful film, I loved it.", "", "zebra xyzzy", "bad " * 900, "Ünïcode 💥 \x85 text"]
pytestmark = pytest.mark.filterwarnings("ignore:.*no known word")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A shipped model, exported."""
    model = models.load(paths.ROOT / "models" / "imdb" / "lstm_attention.keras")
    return export(model, tmp_path_factory.mktemp("exported"), name="imdb/lstm_attention")


@pytest.mark.parametrize(
    "name", ["tfidf_lr", "nbsvm", "ffnn", "dan", "rnn", "lstm", "cnn", "dcnn", "transformer"]
)
def test_shipped_models_answer_as_their_keras_files(name, tmp_path):
    model = models.load(paths.ROOT / "models" / "imdb" / f"{name}.keras")
    export(model, tmp_path)
    expected = model.predict_proba(TEXTS)
    exact, small = (Runtime(tmp_path, precision=p) for p in ("float32", "int8"))
    assert np.abs(exact.predict_proba(TEXTS) - expected).max() < 1e-4
    assert np.abs(small.predict_proba(TEXTS) - expected).max() < 0.02
    alone = np.concatenate([small.predict_proba([text]) for text in TEXTS])
    assert np.abs(alone - small.predict_proba(TEXTS)).max() < 1e-4  # whoever else is asked
    assert exact.label_names == model.label_names
    assert exact.predict_labels(TEXTS) == model.predict_labels(TEXTS)


def test_a_large_networks_answer_is_the_same_alone_and_among_others(tmp_path, monkeypatch):
    monkeypatch.setattr("lib.export.network.LARGE", 1_000)  # so that its matrices are rounded
    model = models.load(paths.ROOT / "models" / "imdb" / "transformer.keras")
    small = Runtime(export(model, tmp_path))
    among = small.predict_proba(TEXTS)
    assert np.abs(among - model.predict_proba(TEXTS)).max() > 0  # they are rounded
    assert np.abs(among - model.predict_proba(TEXTS)).max() < 0.02
    alone = np.concatenate([small.predict_proba([text]) for text in TEXTS])
    assert np.array_equal(alone, among)


def test_rows_of_a_table(tmp_path):
    customers = data.load("churn")
    columns = {"numbers": data.churn.NUMBERS, "categories": data.churn.CATEGORIES}
    model = models.build("table", customers, **columns)
    export(model, tmp_path)
    rows = customers.test.texts[:20]
    found = Runtime(tmp_path, precision="float32").predict_proba(rows)
    assert np.abs(found - model.predict_proba(rows)).max() < 1e-4


def test_it_runs_without_keras_quickly_and_in_little_memory(folder, tmp_path):
    code = f"""
import json, sys, time
from pathlib import Path
def most_memory():
    status = Path("/proc/self/status")  # Linux
    return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1e3 if status.exists() else 0
start = time.perf_counter()
from lib.serve import Runtime
runtime = Runtime({str(folder)!r})
p = runtime.predict_proba(["A wonderful film."])[0].tolist()
heavy = {{"keras", "tensorflow", "sklearn", "scipy", "pandas", "nltk", "torch", "onnx"}}
print(json.dumps({{"p": p, "heavy": sorted(heavy & sys.modules.keys()),
    "seconds": time.perf_counter() - start,
    "mb": most_memory()}}))
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["heavy"] == []
    assert told["mb"] < 300  # the most it ever held
    assert np.allclose(told["p"], Runtime(folder).predict_proba(["A wonderful film."])[0])


def test_it_can_be_asked_for_the_words_that_moved_it(folder):
    words, effects = explain.occlusion(Runtime(folder), "A boring film, I hated it.")
    assert words[int(effects.argmin())] in ("boring", "hated")


def test_many_threads_get_the_answers_of_one(folder):
    runtime, texts = Runtime(folder), [f"A film of {n} stars, good or bad." for n in range(40)]
    alone = [runtime.predict_proba([text])[0] for text in texts]
    found = {}

    def ask(start):
        for i in range(start, len(texts), 8):
            found[i] = runtime.predict_proba([texts[i]])[0]

    threads = [threading.Thread(target=ask, args=(start,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.array_equal([found[i] for i in range(len(texts))], alone)


@pytest.mark.parametrize("missing", ["model.json", "vectorizer.json", "int8.onnx"])
@pytest.mark.parametrize("damage", ["gone", "empty", "half"])
def test_damaged_folders_are_one_line(tiny, tmp_path, missing, damage):
    export(tiny, tmp_path)
    file = tmp_path / missing
    content = file.read_bytes()
    file.unlink()
    if damage != "gone":
        file.write_bytes(b"" if damage == "empty" else content[: len(content) // 2])
    with pytest.raises(ExportError) as caught:
        Runtime(tmp_path)
    assert missing.split(".")[0] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_formats_folders_and_precisions_are_refused(tiny, tmp_path):
    with pytest.raises(ExportError, match=r"no folder .*lib\.export"):
        Runtime(tmp_path / "none")
    export(tiny, tmp_path)
    with pytest.raises(ValueError, match="'int4'"):
        Runtime(tmp_path, precision="int4")
    assert folder_format == FORMAT
    for content in ('{"format": 99}', '{"format": 1}', "[]"):
        (tmp_path / "model.json").write_text(content)
        with pytest.raises(ExportError, match=r"format 99|incomplete|format None"):
            Runtime(tmp_path)


def test_without_onnxruntime_one_line_says_what_to_install(tiny, tmp_path, monkeypatch):
    export(tiny, tmp_path)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ExportError, match=r"requirements-serve\.txt"):
        Runtime(tmp_path)
