import json

import pandas as pd
import pytest

from lib import classifier, predict

SENTENCE = "I fell asleep halfway through."


@pytest.fixture
def models(tiny, workspace):
    folder = workspace / "models" / "demo" / "imdb"
    for name in ("lstm", "other"):
        classifier.save(tiny, folder / f"{name}.keras")
    return folder


def test_table_of_all_models(models, capsys):
    assert predict.main([SENTENCE, "A second text."]) == 0
    out = capsys.readouterr().out
    assert SENTENCE in out
    assert out.count("imdb/lstm") == out.count("imdb/other") == 2
    assert "positive" in out


def test_without_a_name_the_reviews_models_are_asked(models, tiny, workspace, capsys):
    classifier.save(tiny, workspace / "models" / "demo" / "tweets" / "lstm.keras")
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


def test_file_is_streamed_and_keeps_its_columns(models, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(predict, "CHUNK", 3)
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
        (b"review\ngood\n", "no column 'text'; it has ['review']"),
        (b"", "can't be read"),
        ("text\ncafé\n".encode("latin-1"), "can't be read"),
        (b"text\n", "no rows"),
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
    assert "there are: imdb/lstm, imdb/other" in capsys.readouterr().err
    assert predict.main(["--file", str(tmp_path / "no.csv")]) == 2
    assert "There is no file" in capsys.readouterr().err
    (models / "broken.keras").write_text("no")
    assert predict.main([SENTENCE]) == 2
    assert "damaged" in capsys.readouterr().err


def test_nothing_to_predict_is_explained(capsys):
    with pytest.raises(SystemExit):
        predict.main([])
    assert "give texts, or --file" in capsys.readouterr().err
