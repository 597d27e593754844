import pandas as pd

from lib import evaluation
from lib.evaluation import coursework

PROBES = [
    {"name": "one", "text": coursework.SENTENCE, "expected": 0, "probability": 0.25},
    {"name": "two", "text": "Good.", "expected": 1, "probability": 0.75},
]


def test_published_figures_carry_their_source():
    table = evaluation.published()
    required = ["source", "document", "dataset", "name", "data"]
    assert table[required].notna().all().all()
    assert table[["accuracy", "recall"]].notna().any(axis=1).all()
    unsaid = table["data"].str.contains("size not stated")
    assert (table["n_test"].isna() == unsaid).all()
    figures = table[["accuracy", "recall", "f1"]]
    assert ((figures > 0) & (figures < 1) | figures.isna()).all().all()


def test_the_coursework_stands_beside_ours_and_its_other_models_in_rows_of_their_own(make_run):
    names = ("minilm", "transformer", "lstm")  # not in the order of the alphabet
    technical = make_run("rnn", dataset="newsgroups_technical_stripped")
    beside = evaluation.beside_published([*(make_run(name) for name in names), technical])
    assert beside["name"].tolist()[:4] == [*names, "rnn"]
    rows = beside.set_index(["dataset", "model"])
    lstm = rows.loc[("imdb", "LSTM")]
    assert (lstm["accuracy"], lstm["coursework"], lstm["n_test"]) == (0.8, 0.8591, 7500)
    theirs = rows.loc[("imdb", "DistilBERT")]
    assert pd.isna(theirs["accuracy"])
    assert theirs["coursework"] == 0.9163
    theirs = rows.loc[("newsgroups_technical_stripped", "DistilBERT, frozen")]
    assert theirs["coursework"] == 0.6145
    assert not beside["dataset"].isin(["emotions", "tweets"]).any()


def test_a_model_of_ours_by_the_courseworks_name_shares_its_row(make_run):
    beside = evaluation.beside_published([make_run("distilbert")])
    (row,) = beside[beside["name"] == "distilbert"].to_dict("records")
    assert (row["accuracy"], row["coursework"], row["model"]) == (0.8, 0.9163, "DISTILBERT")


def test_the_sentence_has_the_courseworks_answers_too(make_run):
    runs = [make_run("minilm", probes=PROBES), make_run("lstm", probes=PROBES)]
    table = evaluation.sentence_table(runs).set_index("model")
    assert list(table.index[:2]) == ["MINILM", "LSTM"]
    assert table.loc["LSTM"].tolist() == [0.25, 0.3993]
    assert table.loc["DistilBERT", "coursework"] == 0.0018
    assert pd.isna(table.loc["DistilBERT", "ours"])
