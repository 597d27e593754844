import numpy as np
import pytest

from lib import data, models, paths
from lib.text import word2vec

SMALL = {"embedding_dim": 8, "units": 4, "vocabulary_size": 200, "max_length": 30}


def test_word_vectors_are_trained_once_for_each_seed(dataset, workspace, monkeypatch):
    built = models.build("lstm", dataset, **SMALL)
    first = models.initial.word_vectors(built, dataset)
    other = models.initial.word_vectors(models.build("lstm", dataset, seed=1, **SMALL), dataset)
    assert first.shape == other.shape == (len(built.vectorizer.vocabulary) + 2, 8)
    assert not np.allclose(first, other)
    monkeypatch.setattr(word2vec, "train_word2vec", None)  # would fail if called again
    assert np.array_equal(models.initial.word_vectors(built, dataset), first)


def test_the_embedding_starts_from_word_vectors(dataset, workspace):
    built = models.build("lstm", dataset, **SMALL)
    vectors = models.initial.word_vectors(built, dataset)
    table = built.network.get_layer("embedding").get_weights()[0]
    assert np.allclose(table * built.options["embedding_scale"], vectors, atol=1e-5)
    assert not vectors[0].any()  # padding


def test_two_classes_weigh_n_grams_by_naive_bayes(dataset):
    built = models.build("ffnn", dataset, max_features=200)
    ratio = built.network.get_layer("ratio").get_weights()[0][:, 0]
    counts = built.vectorizer.matrix(dataset.train.texts)
    assert ratio[0] == 0
    expected = models.linear.log_count_ratio(counts, dataset.train.labels)
    assert np.allclose(ratio[1:], expected, atol=1e-6)


def test_many_classes_weigh_n_grams_by_inverse_document_frequency():
    built = models.build("ffnn", data.load("newsgroups"), max_features=200)
    ratio = built.network.get_layer("ratio").get_weights()[0][:, 0]
    assert ratio[0] == 0
    assert np.allclose(ratio[1:], built.vectorizer.idf)
    assert built.predict_proba(["A driver for the disk."]).shape == (1, 20)


def test_a_bag_weighted_by_tfidf_is_weighted_by_its_classes_if_there_are_many(dataset):
    options = {"max_features": 200, "weighting": "tfidf"}
    built = models.build("ffnn", dataset, **options)
    ratio = built.network.get_layer("ratio").get_weights()[0][:, 0]
    assert ratio[0] == 0
    assert (ratio[1:] == 1).all()
    posts = data.load("newsgroups")
    built = models.build("ffnn", posts, **options)
    ratio = built.network.get_layer("ratio").get_weights()[0][:, 0]
    assert ratio[0] == 0
    bags = built.vectorizer.matrix(posts.train.texts)
    expected = models.linear.class_spread(bags, posts.train.labels)
    assert np.allclose(ratio[1:], expected, atol=1e-5)
    _, values = built.vectorizer.transform(["A driver for the disk, the disk."])[0]
    assert np.linalg.norm(values) == pytest.approx(1)
    assert len(set(values)) > 1


def test_a_table_is_scaled_by_its_train_part(workspace):
    customers = data.load("churn")
    columns = {"numbers": data.churn.NUMBERS, "categories": data.churn.CATEGORIES}
    options = models.build("table", customers, **columns).options
    ages = [row["Age"] for row in customers.train.texts]
    position = data.churn.NUMBERS.index("Age")
    assert options["means"][position] == pytest.approx(np.mean(ages), rel=1e-6)
    assert options["variances"][position] == pytest.approx(np.var(ages), rel=1e-6)


def test_an_embedding_may_start_at_random_and_may_stay_as_it_is(dataset, workspace, monkeypatch):
    monkeypatch.setattr(word2vec, "train_word2vec", None)  # would fail if called
    built = models.build("lstm", dataset, vectors="random", **SMALL)
    table = built.network.get_layer("embedding")
    assert np.abs(table.get_weights()[0]).max() <= 0.05
    assert table.trainable
    frozen = models.build("dan", dataset, vectors="random", train_vectors=False, embedding_dim=8)
    assert not frozen.network.get_layer("embedding").trainable_weights
    with pytest.raises(ValueError, match="vectors='glove'"):
        models.build("lstm", dataset, vectors="glove", **SMALL)


def test_an_embedding_starts_from_a_published_file(dataset, workspace):
    lines = ["good " + " ".join(["1"] * 8), "film " + " ".join(["2"] * 8), "bad 1 2"]
    (workspace / "glove.txt").write_text("\n".join(lines))
    path = str(workspace / "glove.txt")
    with pytest.warns(UserWarning, match=r"1 lines are left out, the first is \(3,"):
        built = models.build("dan", dataset, vectors=path, embedding_dim=8)
    table = built.network.get_layer("embedding").embeddings.numpy()
    row = built.vectorizer.vocabulary.index("film") + 2
    assert table[row] * built.options["embedding_scale"] == pytest.approx([2] * 8)
    told = pytest.warns(UserWarning, match="left out")
    with pytest.raises(ValueError, match="set embedding_dim=8"), told:
        models.build("dan", dataset, vectors=path, embedding_dim=16)


@pytest.mark.parametrize("kind", ["cbow", "fasttext"])
def test_other_kinds_have_caches_of_their_own(dataset, workspace, kind):
    first, other = (
        models.build("dan", dataset, vectors=k, embedding_dim=8) for k in ("word2vec", kind)
    )
    tables = [m.network.get_layer("embedding").embeddings.numpy() for m in (first, other)]
    assert not np.allclose(*tables)
    assert {file.suffix for file in paths.cache_dir().iterdir()} == {".word2vec", f".{kind}"}
