import pandas as pd
import pytest

from lib import paths, recipes, repeats, training

OPTIONS = {"epochs": 1, "batch_size": 256, "verbose": 0}


@pytest.fixture
def build(dataset, workspace):
    def built(seed, units=4):
        return recipes.sequence_classifier(
            dataset,
            "dan",
            text={"vocabulary_size": 200, "max_length": 20},
            options={"embedding_dim": 4, "units": units, "seed": seed},
            pretrained=False,
        )

    return built


def test_each_seed_is_trained_once_and_logged(build, dataset, monkeypatch):
    first = repeats.repeat(build, dataset, name="dan", seeds=(1, 2), **OPTIONS)
    assert first["seed"].tolist() == [1, 2]
    assert first["test_accuracy"].between(0.2, 1).all()
    assert first["validation_loss"].nunique() == 2
    monkeypatch.setattr(training, "train", None)  # would fail if called again
    again = repeats.repeat(build, dataset, name="dan", seeds=(1, 2), **OPTIONS)
    assert again["test_accuracy"].tolist() == pytest.approx(first["test_accuracy"].tolist())
    assert repeats.repeat(build, dataset, name="dan", seeds=(), **OPTIONS).empty


def test_a_changed_recipe_is_trained_anew_and_replaces_the_old(build, dataset):
    repeats.repeat(build, dataset, name="dan", seeds=(1,), **OPTIONS)
    repeats.repeat(build, dataset, name="other", seeds=(1,), **OPTIONS)
    repeats.repeat(lambda s: build(s, units=6), dataset, name="dan", seeds=(1,), **OPTIONS)
    log = pd.read_csv(paths.models_dir("imdb") / "seeds.csv")
    assert log["name"].tolist() == ["dan", "other"]
    assert log["recipe"].nunique() == 2


def test_the_seed_is_no_part_of_the_recipe(build, dataset):
    prints = {repeats.fingerprint(build(seed), dataset, OPTIONS) for seed in (1, 2)}
    assert len(prints) == 1


def test_summary_counts_the_published_seed():
    class Published:
        metrics = {"title": "DAN", "test": {"accuracy": 0.9}}  # noqa: RUF012

    others = pd.DataFrame({"test_accuracy": [0.8, 0.85]})
    said = repeats.summary(Published, others)
    assert said == "DAN: mean 0.8500 over 3 seeds, from 0.8000 to 0.9000"
    assert repeats.summary(Published, others[:0]) == "DAN: 0.9000, one seed"
