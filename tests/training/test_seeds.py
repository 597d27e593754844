import pandas as pd
import pytest

from lib import evaluation, models, paths, training
from lib.evaluation import results
from lib.training import seeds

OPTIONS = {"epochs": 1, "batch_size": 256, "verbose": 0}


@pytest.fixture(params=["dan", "ffnn"])
def published(request, dataset, workspace):
    """Publishes a small trained network; returns its name."""
    options = {
        "ffnn": {"max_features": 300, "units": 3},
        "dan": {"vocabulary_size": 200, "max_length": 20, "embedding_dim": 4, "units": 4},
    }
    name = request.param
    model = models.build(name, dataset, **options[name])
    run = training.fit(model, dataset, name=name, **OPTIONS)
    evaluation.publish(model, dataset, run, name=name, title=name.upper(), notebook="03_ffnn")
    return name


def test_a_recipe_is_rebuilt_from_its_metrics(published, dataset):
    metrics = results.read(paths.models_dir("imdb") / f"{published}.json").metrics
    again = models.build(
        metrics["model"]["architecture"],
        dataset,
        seed=metrics["training"]["seed"],
        **seeds._options(metrics),
    )
    assert again.options == metrics["model"]["options"]
    config = again.vectorizer.get_config()
    assert len(config["vocabulary"]) == metrics["text"]["vocabulary"]
    assert all(config[k] == v for k, v in metrics["text"].items() if k != "vocabulary")


def test_the_published_seed_gives_the_published_accuracy_again(published, dataset):
    log = seeds.repeat(dataset, published, seeds=(0,), verbose=0)
    metrics = results.read(paths.models_dir("imdb") / f"{published}.json").metrics
    assert log["test_accuracy"].item() == pytest.approx(metrics["test"]["accuracy"], abs=0.01)


def test_each_seed_is_trained_once_and_logged(published, dataset, monkeypatch):
    first = seeds.repeat(dataset, published, seeds=(1, 2), verbose=0)
    assert first["seed"].tolist() == [1, 2]
    assert first["validation_loss"].nunique() == 2
    monkeypatch.setattr(seeds, "fit", None)  # would fail if called again
    again = seeds.repeat(dataset, published, seeds=(1, 2), verbose=0)
    assert again["test_accuracy"].tolist() == pytest.approx(first["test_accuracy"].tolist())
    found, _ = results.load_all()
    row = seeds.spread(found).iloc[0]
    assert row["seeds"] == 3
    assert row["lowest"] <= row["mean"] <= row["highest"]
    assert row["published"] == found[0].metrics["test"]["accuracy"]


def test_a_run_published_anew_forgets_its_repeats(published, dataset):
    log = seeds.repeat(dataset, published, seeds=(1,), verbose=0)
    path = paths.models_dir("imdb") / "seeds.csv"
    log.assign(created="2020-01-01T00:00:00+00:00").to_csv(path, index=False)
    found, _ = results.load_all()
    assert seeds.spread(found).empty
    log = seeds.repeat(dataset, published, seeds=(2,), verbose=0)
    assert log["seed"].tolist() == [2]
    assert pd.read_csv(path)["seed"].tolist() == [2]


def test_what_another_process_logs_meanwhile_is_kept(published, dataset, monkeypatch):
    fit = seeds.fit

    def slowly(*arguments, **options):
        row = dict.fromkeys(seeds.COLUMNS, 0.5) | {"name": "other", "seed": 1}
        pd.DataFrame([row]).to_csv(paths.models_dir("imdb") / "seeds.csv", index=False)
        return fit(*arguments, **options)

    monkeypatch.setattr(seeds, "fit", slowly)
    log = seeds.repeat(dataset, published, seeds=(1,), verbose=0)
    assert set(log["name"]) == {"other", published}


def test_two_processes_add_to_the_log_in_turn(published, dataset, monkeypatch):
    """It was read, changed and written without a lock."""
    import threading
    import time

    metrics = results.read(paths.models_dir("imdb") / f"{published}.json").metrics
    load = seeds.load
    monkeypatch.setattr(seeds, "load", lambda name: (load(name), time.sleep(0.05))[0])
    row = dict.fromkeys(seeds.COLUMNS, 0.5) | {"name": published, "created": metrics["created"]}
    threads = [
        threading.Thread(target=seeds._append, args=("imdb", metrics, row | {"seed": seed}))
        for seed in range(1, 6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(load("imdb")["seed"]) == [1, 2, 3, 4, 5]
