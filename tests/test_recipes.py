import numpy as np
import pytest

from lib import churn, data, embeddings, recipes


@pytest.fixture
def options():
    return {"embedding_dim": 8, "units": 4}


def test_word_vectors_are_trained_once(dataset, workspace, monkeypatch):
    first = recipes.word_vectors(dataset, dim=8)
    monkeypatch.setattr(embeddings, "train_word2vec", None)  # would fail if called again
    again = recipes.word_vectors(dataset, dim=8)
    assert again.index_to_key == first.index_to_key
    assert np.array_equal(again.vectors, first.vectors)


def test_embedding_starts_from_word_vectors(dataset, workspace, options):
    built = recipes.sequence_classifier(
        dataset, "lstm", text={"vocabulary_size": 200, "max_length": 30}, options=options
    )
    vectors = recipes.word_vectors(dataset, dim=8)
    word = built.vectorizer.vocabulary[5]
    table = built.network.get_layer("embedding").get_weights()[0]
    assert np.allclose(table[7] * built.options["embedding_scale"], vectors[word], atol=1e-5)
    assert built.options["vocabulary_size"] == len(built.vectorizer.vocabulary) + 2 <= 200
    assert built.predict_proba(["A good film."]).shape == (1, 2)


def test_same_seed_same_weights_and_another_seed_others(dataset, workspace, options):
    def logits(seed):
        built = recipes.sequence_classifier(dataset, "gru", options=options | {"seed": seed})
        return built.predict_logits(["A good film."])

    assert np.array_equal(logits(0), logits(0))
    assert not np.allclose(logits(0), logits(1))


def test_bags_of_many_classes_are_weighted_by_inverse_document_frequency():
    built = recipes.bag_classifier(data.load("newsgroups"), text={"max_features": 200})
    ratio = built.network.get_layer("ratio").get_weights()[0][:, 0]
    assert ratio[0] == 0
    assert np.allclose(ratio[1:], built.vectorizer.idf)
    assert built.predict_proba(["A driver for the disk."]).shape == (1, 20)


def test_a_bag_weighted_by_tfidf_is_not_weighted_again():
    text = {"max_features": 200, "weighting": "tfidf"}
    weighted = recipes.bag_classifier(data.load("newsgroups"), text=text)
    ratio = weighted.network.get_layer("ratio").get_weights()[0][:, 0]
    assert ratio[0] == 0
    assert (ratio[1:] == 1).all()
    _, values = weighted.vectorizer.transform(["A driver for the disk, the disk."])[0]
    assert np.linalg.norm(values) == pytest.approx(1)
    assert len(set(values)) > 1


def test_table_classifier_scales_by_the_train_part(workspace):
    customers = data.load("churn")
    columns = {"numbers": churn.NUMBERS, "categories": churn.CATEGORIES}
    built = recipes.table_classifier(customers, **columns)
    ages = [row["Age"] for row in customers.train.texts]
    assert built.options["means"][churn.NUMBERS.index("Age")] == pytest.approx(np.mean(ages))
    assert built.options["variances"][churn.NUMBERS.index("Age")] == pytest.approx(np.var(ages))
    assert built.options["categories"] == [3, 2]
