import pandas as pd
import pytest

from lib import paths, publishing, recipes, repeats, results, training

OPTIONS = {"epochs": 1, "batch_size": 256, "verbose": 0}


@pytest.fixture(params=["dan", "ffnn"])
def published(request, dataset, workspace):
    """Publishes a small trained network; returns its name."""
    if request.param == "ffnn":
        built = recipes.bag_classifier(dataset, text={"max_features": 300}, options={"units": 3})
    else:
        text, options = {"vocabulary_size": 200, "max_length": 20}, {"embedding_dim": 4, "units": 4}
        built = recipes.sequence_classifier(dataset, "dan", text=text, options=options)
    run = training.train(built, dataset, name=request.param, **OPTIONS)
    publish(request.param, built, dataset, run)
    return request.param


def publish(name, built, dataset, run):
    publishing.publish(
        name,
        title=name.upper(),
        notebook="03_ffnn",
        dataset=dataset,
        predict_proba=built.predict_proba,
        classifier=built,
        training=run,
    )


def test_a_recipe_is_rebuilt_from_its_metrics(published, dataset):
    metrics = results.read(paths.models_dir("imdb") / f"{published}.json").metrics
    again = recipes.rebuild(metrics, dataset, seed=metrics["training"]["seed"])
    assert again.options == metrics["model"]["options"]
    config = again.vectorizer.get_config()
    assert len(config["vocabulary"]) == metrics["text"]["vocabulary"]
    assert all(config[k] == v for k, v in metrics["text"].items() if k != "vocabulary")


def test_the_published_seed_gives_the_published_accuracy_again(published, dataset):
    log = repeats.repeat(dataset, published, seeds=(0,), verbose=0)
    metrics = results.read(paths.models_dir("imdb") / f"{published}.json").metrics
    assert log["test_accuracy"].item() == pytest.approx(metrics["test"]["accuracy"], abs=0.01)


def test_each_seed_is_trained_once_and_logged(published, dataset, monkeypatch):
    first = repeats.repeat(dataset, published, seeds=(1, 2), verbose=0)
    assert first["seed"].tolist() == [1, 2]
    assert first["validation_loss"].nunique() == 2
    monkeypatch.setattr(training, "train", None)  # would fail if called again
    again = repeats.repeat(dataset, published, seeds=(1, 2), verbose=0)
    assert again["test_accuracy"].tolist() == pytest.approx(first["test_accuracy"].tolist())
    found, _ = results.load_all()
    row = repeats.spread(found).iloc[0]
    assert row["seeds"] == 3
    assert row["lowest"] <= row["mean"] <= row["highest"]
    assert row["published"] == found[0].metrics["test"]["accuracy"]


def test_a_run_published_anew_forgets_its_repeats(published, dataset):
    log = repeats.repeat(dataset, published, seeds=(1,), verbose=0)
    path = paths.models_dir("imdb") / "seeds.csv"
    log.assign(created="2020-01-01T00:00:00+00:00").to_csv(path, index=False)
    found, _ = results.load_all()
    assert repeats.spread(found).empty
    log = repeats.repeat(dataset, published, seeds=(2,), verbose=0)
    assert log["seed"].tolist() == [2]
    assert pd.read_csv(path)["seed"].tolist() == [2]


def test_what_another_process_logs_meanwhile_is_kept(published, dataset, monkeypatch):
    train = training.train

    def slowly(*arguments, **options):
        row = dict.fromkeys(repeats.COLUMNS, 0.5) | {"name": "other", "seed": 1}
        pd.DataFrame([row]).to_csv(paths.models_dir("imdb") / "seeds.csv", index=False)
        return train(*arguments, **options)

    monkeypatch.setattr(training, "train", slowly)
    log = repeats.repeat(dataset, published, seeds=(1,), verbose=0)
    assert set(log["name"]) == {"other", published}
