import importlib
import json

import numpy as np
import pytest

from lib import data, evaluation, models, paths, training
from lib.evaluation import results

SMALL = {"vocabulary_size": 200, "max_length": 20, "embedding_dim": 4, "units": 4}
ONCE = {"epochs": 1, "batch_size": 256}


def step(dataset, name="dan-plain", **changes):
    asked = {"name": name, "title": "plain", "build": SMALL, "fit_options": ONCE} | changes
    return training.measure("dan", dataset, **asked)


@pytest.fixture
def counted(monkeypatch):
    """Counts trainings."""
    module = importlib.import_module("lib.training.measure")  # the package's is the function
    calls, fit = [], module.fit
    monkeypatch.setattr(module, "fit", lambda *a, **k: calls.append(k["name"]) or fit(*a, **k))
    return calls


def test_a_step_leaves_figures_and_answers_but_no_weights(dataset, workspace):
    found = step(dataset)
    folder = paths.models_dir("imdb") / "steps"
    assert sorted(p.name for p in folder.iterdir()) == ["dan-plain.json", "dan-plain.npz"]
    assert found.metrics["title"] == "plain"
    assert found.metrics["training"]["options"]["epochs"] == 1
    assert found.probabilities["test"].shape == (len(dataset.test), 2)
    assert found.model_file is None
    assert evaluation.load_all() == ([], [])  # a step is no model of the comparison
    assert list(evaluation.named("imdb", ["steps/dan-plain"])) == ["steps/dan-plain"]


def test_a_step_is_trained_once_for_each_recipe(dataset, workspace, counted, monkeypatch):
    first = step(dataset)
    again = step(dataset)
    assert counted == ["dan-plain"]
    assert again.metrics == first.metrics
    assert np.array_equal(again.probabilities["test"], first.probabilities["test"])
    step(dataset, build=SMALL | {"units": 5})
    step(dataset, fit_options=ONCE | {"learning_rate": 1e-3})
    step(dataset, seed=1)
    assert len(counted) == 4
    step(dataset, seed=1)
    assert len(counted) == 4
    monkeypatch.setenv("RETRAIN", "1")
    step(dataset, seed=1)
    assert len(counted) == 5


def test_a_taught_run_is_repeated_with_its_teacher_or_not_at_all(dataset, workspace):
    answers = np.eye(2)[dataset.train.labels]
    taught = data.taught(dataset, answers, temperature=2.0)
    model = models.build("dan", dataset, **SMALL)
    history = training.fit(model, taught, name="pupil", **ONCE)
    about = {"name": "pupil", "title": "Pupil", "notebook": "11_distilbert"}
    evaluation.publish(model, taught, history, **about)
    with pytest.raises(ValueError, match="other targets"):
        training.repeat(dataset, "pupil", seeds=(1,))
    _, again = training.repeat(dataset, "pupil", seeds=(1,), taught=taught)
    assert again.metrics["data"]["fingerprint"] == taught.fingerprint
    assert again.metrics["training"]["seed"] == 1


def test_the_same_recipe_under_another_name_is_not_trained_again(dataset, workspace, counted):
    first = step(dataset, name="grid-a", seed=3)
    again = step(dataset, name="ladder-2", title="as a step", seed=3)
    assert counted == ["grid-a"]
    assert again.metrics["title"] == "as a step"
    assert np.array_equal(again.probabilities["test"], first.probabilities["test"])


def test_a_table_and_other_labels_are_measured_without_sentences(workspace):
    customers, feelings = data.load("churn"), data.load("emotions")
    columns = {"numbers": list(data.churn.NUMBERS), "categories": list(data.churn.CATEGORIES)}
    asked = {"name": "net", "title": "net", "fit_options": {"epochs": 1}}
    found = training.measure("table", customers, build=columns | {"units": (4,)}, **asked)
    assert found.metrics["probes"] == []
    assert found.probabilities["test"].shape == (len(customers.test), 2)
    assert training.measure("dan", feelings, build=SMALL, **asked).metrics["probes"] == []


def test_a_step_that_is_there_needs_no_word_vectors(dataset, workspace, monkeypatch):
    step(dataset)
    monkeypatch.setattr(models.initial, "word_vectors", None)  # would fail if called
    step(dataset)


def test_a_step_that_is_published_is_not_trained_again(dataset, workspace, counted):
    model = models.build("dan", dataset, **SMALL)
    run = training.fit(model, dataset, **ONCE)
    evaluation.publish(model, dataset, run, name="dan", title="DAN", notebook="03_ffnn")
    found = step(dataset)
    assert counted == []
    assert found.metrics["title"] == "plain"
    assert found.metrics["name"] == "dan"
    assert evaluation.named("imdb", ["dan"])["dan"].metrics["title"] == "DAN"


@pytest.mark.parametrize("content", ["{", "[]", '{"training": 3}'])
def test_a_damaged_step_is_measured_again(dataset, workspace, counted, content):
    step(dataset)
    file = paths.models_dir("imdb") / "steps" / "dan-plain.json"
    file.write_text(content)
    step(dataset)
    assert len(counted) == 2
    assert json.loads(file.read_text())["title"] == "plain"


@pytest.fixture(params=["dan", "ffnn", "wide_and_deep"])
def published(request, dataset, workspace):
    """Publishes a small trained network; returns its name."""
    options = {
        "ffnn": {"max_features": 300, "units": 3},
        "dan": SMALL,
        "wide_and_deep": SMALL | {"max_features": 300},
    }
    name = request.param
    model = models.build(name, dataset, **options[name])
    run = training.fit(model, dataset, name=name, **ONCE)
    evaluation.publish(model, dataset, run, name=name, title=name.upper(), notebook="03_ffnn")
    return name


def test_a_published_recipe_is_measured_from_other_seeds(published, dataset, counted):
    runs = training.repeat(dataset, published, seeds=(1, 2))
    assert counted == [f"{published}-seed1", f"{published}-seed2"]
    own = results.read(paths.models_dir("imdb") / f"{published}.json")
    assert [r.metrics["training"]["seed"] for r in runs] == [0, 1, 2]
    assert runs[0].metrics == own.metrics
    assert runs[1].metrics["model"]["options"] == own.metrics["model"]["options"]
    assert runs[1].metrics["text"] == own.metrics["text"]
    assert not np.allclose(runs[1].probabilities["test"], runs[2].probabilities["test"])
    training.repeat(dataset, published, seeds=(1, 2))
    assert len(counted) == 2


def test_the_published_seed_gives_the_published_accuracy_again(published, dataset):
    own, again = training.repeat(dataset, published, seeds=(0,))
    assert again.metrics["test"]["accuracy"] == pytest.approx(
        own.metrics["test"]["accuracy"], abs=0.01
    )


def test_fewer_labels_are_trained_on_with_the_vocabulary_of_all_texts(dataset, workspace, counted):
    few = data.subset(dataset, 100)
    found = step(dataset, labelled=few)
    assert found.metrics["data"]["n_train"] == 100
    assert found.metrics["data"]["fingerprint"] == few.fingerprint
    whole = step(dataset)
    assert whole.metrics["text"] == found.metrics["text"]
    assert len(counted) == 2
    step(dataset, labelled=data.subset(dataset, 100, seed=1))
    assert len(counted) == 3
    about = {"name": "x", "title": "x"}
    with pytest.raises(ValueError, match="chosen by labels"):
        training.measure("nbsvm", dataset, **about, labelled=few)


def test_an_ngram_is_weighed_by_the_labels_that_may_be_known(dataset, workspace):
    few = data.subset(dataset, 50)
    ratios = []
    for labelled in (None, few):
        model = models.build("ffnn", dataset, max_features=200)
        models.initial.set_weights(model, dataset, labelled=labelled)
        ratios.append(model.network.get_layer("ratio").embeddings.numpy())
    assert not np.allclose(*ratios)
