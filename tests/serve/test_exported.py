import os

import pytest

pytest.importorskip("onnxruntime", reason="needs requirements-serve.txt")

from lib.export import export
from lib.serve import ExportError, Runtime, exported


def test_what_is_missing_or_old_is_made_and_nothing_else(run, workspace, monkeypatch, capsys):
    asked = []

    def export_here(command, **_):
        from lib.export.__main__ import main

        asked.append(command[3:-2])
        return main(command[3:])

    monkeypatch.setattr(exported.subprocess, "run", export_here)
    folder = workspace / "exported"
    for _ in range(2):
        exported.export_missing(["imdb/lstm", "imdb/none"], folder)
    assert asked == [["imdb/lstm"]]
    assert Runtime(folder / "imdb" / "lstm").name == "imdb/lstm"
    model = workspace / "models" / "demo" / "imdb" / "lstm.keras"
    later = (folder / "imdb" / "lstm" / "model.json").stat().st_mtime + 10
    os.utime(model, (later, later))  # it was trained again
    exported.export_missing(["imdb/lstm"], folder)
    assert asked == [["imdb/lstm"]] * 2


def test_a_folder_or_a_name_is_found(tiny, tmp_path, workspace):
    folder = export(tiny, tmp_path / "mine")
    assert exported.find(str(folder)) == folder
    with pytest.raises(ExportError, match="no model 'imdb/none'"):
        exported.find("imdb/none")
