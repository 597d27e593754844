import dataclasses

import numpy as np
import pytest
import scipy.sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from lib import baselines, data


def test_log_count_ratio_by_hand():
    counts = scipy.sparse.csr_matrix([[1, 0, 1], [1, 1, 0], [0, 1, 0]])
    labels = np.array([1, 1, 0])
    p, q = np.array([3, 2, 2]) / 7, np.array([1, 2, 1]) / 4
    found = baselines.log_count_ratio(counts, labels, 1.0)
    assert np.allclose(found, np.log(p / q))


def test_network_gives_scikit_learns_probabilities(dataset):
    model = baselines.tfidf_logistic_regression(dataset, max_features=400, c=3.0)
    bag = model.vectorizer
    fitted = LogisticRegression(C=3.0, max_iter=1000)
    fitted.fit(bag.matrix(dataset.train.texts), dataset.train.labels)
    theirs = fitted.predict_proba(bag.matrix(dataset.test.texts))
    assert np.allclose(model.predict_proba(dataset.test.texts), theirs, atol=2e-3)


@pytest.mark.parametrize(("name", "balanced"), [("imdb", False), ("tweets", True)])
def test_linear_svm_chooses_as_scikit_learns_does(name, balanced):
    dataset = data.load(name)
    model = baselines.linear_svm(dataset, max_features=400, c=0.5, balanced=balanced)
    bag = model.vectorizer
    weight = "balanced" if balanced else None
    fitted = LinearSVC(C=0.5, class_weight=weight).fit(
        bag.matrix(dataset.train.texts), dataset.train.labels
    )
    theirs = fitted.predict(bag.matrix(dataset.test.texts))
    ours = model.predict_proba(dataset.test.texts).argmax(axis=1)
    assert (ours == theirs).mean() > 0.995  # weights are kept in half precision


def test_complement_naive_bayes_chooses_as_scikit_learns_does(dataset):
    tweets = data.load("tweets")
    model = baselines.complement_naive_bayes(tweets)
    bag = model.vectorizer
    fitted = ComplementNB(alpha=0.1).fit(bag.matrix(tweets.train.texts), tweets.train.labels)
    theirs = fitted.predict(bag.matrix(tweets.test.texts))
    ours = model.predict_proba(tweets.test.texts).argmax(axis=1)
    assert (ours == theirs).mean() > 0.98
    with pytest.raises(ValueError, match="more classes"):
        baselines.complement_naive_bayes(dataset)


def test_nbsvm_learns_and_is_for_two_classes(dataset):
    model = baselines.nbsvm(dataset, max_features=2000)
    right = model.predict_proba(dataset.test.texts).argmax(axis=1) == dataset.test.labels
    assert right.mean() > 0.6
    three = dataclasses.replace(dataset, label_names=("a", "b", "c"))
    with pytest.raises(ValueError, match="two classes"):
        baselines.nbsvm(three)


def test_majority_is_the_shares_of_the_train_part(dataset):
    proba = baselines.majority_proba(dataset.train, 2, ["a", "b", "c"])
    assert proba.shape == (3, 2)
    assert proba[0, 1] == pytest.approx(dataset.train.labels.mean())
