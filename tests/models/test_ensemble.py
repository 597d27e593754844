import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from lib import models, paths, training
from lib.evaluation import explain
from lib.models import Ensemble, ModelFileError

TEXTS = ["The plot was not good.", "", "The ending was great!", "a " * 300]
SMALL = {"max_features": 300, "units": 4}


@pytest.fixture
def pair(dataset, tiny):
    """An LSTM and a bag of n-grams, untrained."""
    other = models.build("ffnn", dataset, seed=1, **SMALL)
    for model in (tiny, other):
        model.round_weights()
    return [tiny, other]


pytestmark = pytest.mark.filterwarnings("ignore:.*no known word")


def test_logits_are_added_by_their_shares(pair):
    first, second = (member.predict_logits(TEXTS) for member in pair)
    mixed = Ensemble(pair, [0.5, 2.0])
    assert mixed.predict_logits(TEXTS) == pytest.approx(0.5 * first + 2 * second)
    assert Ensemble(pair).predict_logits(iter(TEXTS)) == pytest.approx((first + second) / 2)
    proba = mixed.predict_proba(TEXTS)
    assert proba.sum(axis=1) == pytest.approx(1)
    names = [mixed.label_names[i] for i in proba.argmax(axis=1)]
    assert mixed.predict_labels(TEXTS) == names
    assert mixed.predict(TEXTS).dtype == "float32"


def test_one_file_holds_it_all_and_answers_the_same_in_a_new_interpreter(pair, tmp_path):
    mixed = Ensemble(pair, [0.25, 1.5])
    mixed.save(tmp_path / "both.keras")
    code = (
        "import json, sys, warnings, lib.models, keras\n"
        "warnings.simplefilter('ignore')\n"
        "model = keras.models.load_model(sys.argv[1])\n"
        "print(json.dumps(model.predict_proba(json.load(sys.stdin)).tolist()))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "both.keras")]
    asked = {"input": json.dumps(TEXTS), "capture_output": True, "text": True, "cwd": paths.ROOT}
    answer = subprocess.run(command, **asked)
    assert answer.returncode == 0, answer.stderr
    assert np.array(json.loads(answer.stdout)) == pytest.approx(
        mixed.predict_proba(TEXTS), abs=1e-6
    )
    here = models.load(tmp_path / "both.keras")
    assert here.shares == [0.25, 1.5]
    alone = sum(member.count_params() for member in pair)
    assert here.description()["model"]["parameters"] == alone
    assert here.count_params() == alone
    with pytest.raises(ModelFileError, match="there already"):
        mixed.save(tmp_path / "both.keras", overwrite=False)


def test_a_file_of_another_format_is_refused(pair):
    config = Ensemble(pair).get_config() | {"format": 9}
    with pytest.raises(ModelFileError, match="format 9"):
        Ensemble.from_config(config)


def test_members_must_fit_together(pair, tiny):
    with pytest.raises(ValueError, match="needs members"):
        Ensemble([])
    other = models.TextClassifier(
        architecture="lstm",
        options=tiny.options,
        vectorizer=tiny.vectorizer,
        label_names=("bad", "good"),
    )
    with pytest.raises(ValueError, match="same classes"):
        Ensemble([tiny, other])
    with pytest.raises(ValueError, match="2 members and 1 shares"):
        Ensemble(pair, [1.0])
    with pytest.raises(ValueError, match="a member once"):
        Ensemble([tiny, tiny])
    with pytest.raises(TypeError):
        Ensemble(pair).predict_proba("one text")


def test_it_is_asked_and_explained_but_not_trained(pair, capsys):
    mixed = Ensemble(pair)
    words, effects = explain.occlusion(mixed, "not a good film")
    assert words == ["not", "a", "good", "film"]
    assert effects.shape == (4,)
    mixed.summary()
    assert "lstm: share 0.50" in capsys.readouterr().out
    for call in (lambda: mixed.fit(TEXTS, [0, 1, 0, 1]), lambda: mixed(np.zeros((1, 4)))):
        with pytest.raises(NotImplementedError):
            call()
    assert isinstance(mixed, keras.Model)


def test_a_published_one_is_known_again(dataset, pair, workspace):
    from lib import evaluation

    mixed = training.blend(pair, dataset)
    record = {"seconds": 1.0, "seed": 0}
    about = {"name": "both", "title": "Both", "notebook": "19_comparison"}
    metrics = evaluation.publish(mixed, dataset, record, **about)
    assert metrics["model"]["options"] == mixed.options
    assert metrics["model"]["file_mb"] > 0
    file = paths.models_dir("imdb") / "both.keras"
    (answers,) = evaluation.reload({file: mixed}, TEXTS).values()
    assert answers.shape == (4, 2)
