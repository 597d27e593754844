import keras
import numpy as np
from support import WORDS, network

from lib import models
from lib.models.wide_and_deep import AddBranches

BAG = (np.array([[1, 4, 0]], "int32"), np.array([[1.0, 1.0, 0.0]], "float32"))
IDS = np.array([[2, 3, 4, 5]], "int32")


def test_the_answer_is_the_sum_of_two_branches():
    built = network("wide_and_deep", features=9, bag_units=3, units=4, **WORDS)
    built.get_layer("ratio").embeddings.assign(np.full((10, 1), 0.5))
    branches = keras.Model(
        built.inputs, [built.get_layer("wide").output, built.get_layer("deep").output]
    )
    wide, deep = branches.predict_on_batch([IDS, *BAG])
    assert np.allclose(built.predict_on_batch([IDS, *BAG]), wide + deep, atol=1e-6)
    other, same = branches.predict_on_batch([IDS, BAG[0] + 1, BAG[1]])
    assert np.allclose(same, deep)
    assert not np.allclose(other, wide)
    same, other = branches.predict_on_batch([IDS[:, ::-1], *BAG])
    assert np.allclose(same, wide)
    assert not np.allclose(other, deep)


def test_in_training_a_text_sees_one_branch_or_both():
    keras.utils.set_random_seed(0)
    first, second = np.full((6000, 2), 1.0, "float32"), np.full((6000, 2), 10.0, "float32")
    added = np.asarray(AddBranches(0.6)(first, second, training=True))
    assert (added[:, 0] == added[:, 1]).all()
    shares = {value: (added[:, 0] == value).mean() for value in (2, 20, 11)}
    assert abs(shares[2] - 0.3) < 0.03
    assert abs(shares[20] - 0.3) < 0.03
    assert abs(shares[11] - 0.4) < 0.03
    assert (np.asarray(AddBranches(0.6)(first, second)) == 11).all()
    assert (np.asarray(AddBranches(0.0)(first, second, training=True)) == 11).all()


def test_it_starts_from_ratios_and_word_vectors_and_saves_small(dataset, workspace, tmp_path):
    small = {"max_features": 300, "vocabulary_size": 200, "embedding_dim": 8, "units": 4}
    model = models.build("wide_and_deep", dataset, **small)
    assert model.network.get_layer("ratio").embeddings.numpy()[1:].std() > 0.1
    vectors = models.initial.word_vectors(model, dataset)
    table = model.network.get_layer("embedding").embeddings.numpy()
    assert np.allclose(table * model.options["embedding_scale"], vectors, atol=1e-5)
    model.round_weights()
    model.save(tmp_path / "both.keras")
    texts = [*dataset.test.texts[:9], "a film"]
    again = models.load(tmp_path / "both.keras")
    assert np.allclose(again.predict_proba(texts), model.predict_proba(texts), atol=1e-6)
