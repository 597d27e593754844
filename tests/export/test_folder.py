import json

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="needs requirements-serve.txt")

from lib import models, paths
from lib.evaluation import results
from lib.export import export
from lib.export.__main__ import main
from lib.models import Ensemble
from lib.serve import Runtime


def test_the_folder_holds_all_that_answers_need(tiny, tmp_path):
    reference = tmp_path / "reference.npz"
    np.savez(reference, lengths=[1, 2])
    folder = export(tiny, tmp_path / "a" / "b", name="imdb/tiny", reference=reference)
    names = {file.name for file in folder.iterdir()}
    assert names == {"README.md", "float32.onnx", "int8.onnx", "model.json"} | {
        "vectorizer.json",
        "reference.npz",
    }
    about = json.loads((folder / "model.json").read_text())
    assert about["name"] == "imdb/tiny"
    assert about["label_names"] == ["negative", "positive"]
    assert Runtime(folder).name == "imdb/tiny"


def test_exporting_again_replaces(tiny, tmp_path):
    folder = export(tiny, tmp_path, name="first")
    assert export(tiny, tmp_path, name="second") == folder
    assert Runtime(folder).name == "second"


def test_command_exports_published_models(run, workspace, capsys):
    assert main(["imdb/lstm", "--to", str(workspace / "out")]) == 0
    folder = workspace / "out" / "imdb" / "lstm"
    assert str(folder) in capsys.readouterr().out
    card = (folder / "README.md").read_text()
    accuracy = results.read(run).metrics["test"]["accuracy"]
    assert f"{accuracy:.4f}" in card


def test_command_exports_a_model_of_ones_own(tiny, workspace, capsys):
    tiny.save(workspace / "mine" / "stars.keras")
    assert main([str(workspace / "mine" / "stars.keras"), "--to", str(workspace / "out")]) == 0
    assert Runtime(workspace / "out" / "mine" / "stars").name == "mine/stars"


def test_command_says_faults_in_one_line(workspace, capsys):
    assert main(["imdb/none"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "There is no model" in line
    (workspace / "broken.keras").write_text("no")
    assert main([str(workspace / "broken.keras")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "damaged" in line


def test_a_folder_that_cannot_be_written_is_an_error(tiny, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        export(tiny, tmp_path / "file" / "x")
    assert paths.profile() == "demo"


def test_an_ensemble_is_refused_in_one_line(tiny, dataset, workspace, capsys):
    other = models.build("ffnn", dataset, max_features=300, units=4)
    file = paths.models_dir("imdb") / "both.keras"
    file.parent.mkdir(parents=True, exist_ok=True)
    Ensemble([tiny, other]).save(file)
    assert main(["imdb/both", "--to", str(workspace / "out")]) == 2
    assert "export its members" in capsys.readouterr().err
    assert not (workspace / "out").exists()
