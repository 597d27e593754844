import json
import re
import sys

import nbformat
import pytest

from lib import paths

sys.path.insert(0, str(paths.ROOT / "tools"))
import report
import tables


def rows(markdown):
    """The cells of a Markdown table, row by row, without its head."""
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in markdown.splitlines()[2:]]


@pytest.fixture
def runs(make_run):
    return [
        make_run("best", 0.9, seed=1),
        make_run("lstm", 0.89, seed=2),
        make_run("far", 0.6),
        make_run("majority", 0.99),
        make_run("alone", 0.6, dataset="churn"),
    ]


def test_the_table_is_bold_for_all_that_lead_but_never_for_the_majority_class(runs):
    table = rows(tables.markdown_table(runs))
    bold = [model for model, *_ in table if re.fullmatch(r"\*\*[^*]+\*\*", model)]
    assert bold == ["**BEST**", "**LSTM**", "**ALONE**"]
    assert [model for model, *_ in table if model.startswith("***")] == [
        "***imdb***, 400 test texts",
        "***churn***, 400 test texts",
    ]
    lstm = next(row for row in table if row[0] == "**LSTM**")
    assert re.fullmatch(r"\*\*0\.8900\*\* \(0\.\d{4}–0\.\d{4}\)", lstm[1])
    assert lstm[-1] == "0.8591, of 7,500"


def test_a_model_of_the_coursework_alone_has_a_row_of_its_own(runs):
    table = rows(tables.markdown_table(runs))
    (distilbert,) = [row for row in table if row[0] == "DistilBERT"]
    assert set(distilbert[1:-1]) == {""}
    assert distilbert[-1] == "0.9163, of 7,500"
    assert all(len(row) == len(distilbert) for row in table)


def test_choices_are_those_on_imdb(runs):
    (most, *_) = rows(tables.markdown_choices(runs))
    assert most == ["most accurate", "BEST and LSTM", "accuracy 0.9000"]


def test_seeds_are_summed_up_with_the_published_one_among_them(runs, make_run):
    make_run("steps/lstm-seed1", 0.79)
    assert rows(tables.markdown_seeds(runs)) == [["LSTM", "2", "0.8400", "0.7900–0.8900", "0.8900"]]


def test_notebooks_are_listed_with_their_question(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    title = nbformat.v4.new_markdown_cell(
        "# 5 · LSTM\n\n**What do\ngates buy?**\n\nNeeds **much**."
    )
    nbformat.write(nbformat.v4.new_notebook(cells=[title]), tmp_path / "05_lstm.ipynb")
    assert rows(report.markdown_notebooks()) == [
        ["[05_lstm](notebooks/05_lstm.ipynb)", "What do gates buy?"]
    ]


def test_only_what_stands_between_the_marks_is_replaced():
    readme = "a\n<!-- x: start -->\nold\n<!-- x: end -->\n<!-- y: start -->\n<!-- y: end -->\n"
    fresh = report.between(readme, "x", "new \\1")
    assert fresh == readme.replace("old", "new \\1")
    assert report.between(fresh, "y", "") != fresh
    assert report.between(fresh, "z", "new") == fresh


def test_the_plain_table_says_what_is_synthetic(runs):
    assert report.plain_table(runs).lstrip().startswith("dataset")
    runs[0].metrics["synthetic"] = True
    assert report.plain_table(runs).startswith("synthetic data: these numbers are no results")


def test_of_each_generation_the_best_on_validation_has_a_row(make_run):
    runs = [make_run("nbsvm", 0.7), make_run("tfidf_lr", 0.8), make_run("cnn", 0.6)]
    runs.append(make_run("lstm", 0.6))
    make_run("steps/cnn-seed1", 0.5, seed=1)
    linear, recurrent, convolution = rows(tables.markdown_generations(runs))
    assert linear[:2] == ["[counted n-grams, a linear model](notebooks/05_lstm.ipynb)", "TFIDF_LR"]
    assert linear[3] == ""
    assert recurrent[3] == "one seed"
    assert convolution[1:4] == ["CNN", convolution[2], "0.5500 (2 seeds)"]
    assert convolution[2].startswith("0.6000 (0.")


def test_each_generation_is_held_against_the_network_that_counts(make_run):
    shares = {"ffnn": 0.7, "nbsvm": 0.5, "lstm": 0.7, "cnn": 0.9}
    runs = [make_run(name, share) for name, share in shares.items()]
    for run in runs:
        run.metrics["data"] |= {"n_train": 1_000, "n_validation": 50}
    said = tables.markdown_generations(runs)
    assert "trained on 1,000 of the labelled training part, chosen on 50;" in said
    stands = "Ahead by more than chance: CNN (+20.0). Level: LSTM (+0.0). Behind: NBSVM (−20.0)."
    assert said.endswith(stands)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (89, "89 s"), (600, "10 min"), (9_000, "2.5 h")]
)
def test_times_are_said_in_the_unit_that_suits_them(seconds, said):
    assert tables.duration(seconds) == said


def test_first_steps_are_told_as_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "FIRST_STEPS", tmp_path / "steps.json")
    assert "make first-steps" in report.markdown_first_steps()
    step = {"command": "make test", "what": "all", "seconds": 480, "memory_gb": 2.34}
    (tmp_path / "steps.json").write_text(json.dumps({"steps": [step], "cpu": "c", "disk_gb": 3.5}))
    said = report.markdown_first_steps()
    assert rows(said)[0] == ["`make test`", "all", "8 min", "2.3 GB"]
    assert "on c; the folder then takes 3.5 GB" in said
