import dataclasses

import numpy as np
import pytest
import scipy.sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from lib import data, evaluation, models
from lib.models import linear


def fitted(name, dataset, fit, *, text=None, **options):
    model = models.build(name, dataset, **(text or {"max_features": 400}))
    fit(model, dataset, **options)
    return model


def test_log_count_ratio_by_hand():
    counts = scipy.sparse.csr_matrix([[1, 0, 1], [1, 1, 0], [0, 1, 0]])
    p, q = np.array([3, 2, 2]) / 7, np.array([1, 2, 1]) / 4
    ratio = linear.log_count_ratio(counts, np.array([1, 1, 0]))
    assert np.allclose(ratio, np.log(p / q))


def test_the_network_reads_a_bag():
    network = linear.linear(features=10, classes=3)
    ids, values = np.array([[1, 4, 0]], "int32"), np.array([[1.0, 2.0, 0.0]], "float32")
    kernel, bias = network.get_weights()
    expected = kernel[1] + 2 * kernel[4] + bias
    assert np.allclose(network.predict_on_batch([ids, values]), expected, atol=1e-6)


def test_network_gives_scikit_learns_probabilities(dataset):
    model = fitted("tfidf_lr", dataset, linear.fit_logistic_regression, c=3.0)
    bag = model.vectorizer
    theirs = LogisticRegression(C=3.0, max_iter=1000)
    theirs.fit(bag.matrix(dataset.train.texts), dataset.train.labels)
    expected = theirs.predict_proba(bag.matrix(dataset.test.texts))
    assert np.allclose(model.predict_proba(dataset.test.texts), expected, atol=1e-5)


@pytest.mark.parametrize("balanced", [False, True])
def test_linear_svm_of_many_classes_chooses_as_scikit_learns_does(balanced):
    tweets = data.load("tweets")
    model = fitted("linear_svm", tweets, linear.fit_svm, c=0.5, balanced=balanced)
    bag = model.vectorizer
    theirs = LinearSVC(C=0.5, class_weight="balanced" if balanced else None, random_state=0)
    theirs.fit(bag.matrix(tweets.train.texts), tweets.train.labels)
    expected = theirs.predict(bag.matrix(tweets.test.texts))
    ours = model.predict_proba(tweets.test.texts).argmax(axis=1)
    assert (ours == expected).mean() > 0.999


@pytest.mark.parametrize("name", ["imdb", "newsgroups"])
def test_linear_svms_probabilities_are_calibrated_not_a_softmax_of_margins(name):
    """As such a softmax, the probabilities on 20 Newsgroups had an ECE of .69."""
    dataset = data.load(name)
    model = fitted("linear_svm", dataset, linear.fit_svm, text={"max_features": 5_000})
    bag = model.vectorizer
    theirs = LinearSVC(random_state=0).fit(bag.matrix(dataset.train.texts), dataset.train.labels)
    margins = theirs.decision_function(bag.matrix(dataset.test.texts))
    if margins.ndim == 1:
        margins = np.stack([-margins, margins], axis=1) / 2
    softmax = np.exp(margins) / np.exp(margins).sum(axis=1, keepdims=True)
    labels = dataset.test.labels
    ours = evaluation.evaluate(labels, model.predict_proba(dataset.test.texts))
    before = evaluation.evaluate(labels, softmax)
    assert ours["loss"] < before["loss"]
    assert ours["ece"] < max(0.1, before["ece"] / 2)
    assert ours["accuracy"] == pytest.approx(before["accuracy"], abs=1e-3)


def test_complement_naive_bayes_chooses_as_scikit_learns_does(dataset):
    tweets = data.load("tweets")
    model = fitted("complement_naive_bayes", tweets, linear.fit_complement_naive_bayes)
    bag = model.vectorizer
    theirs = ComplementNB(alpha=0.1).fit(bag.matrix(tweets.train.texts), tweets.train.labels)
    expected = theirs.predict(bag.matrix(tweets.test.texts))
    ours = model.predict_proba(tweets.test.texts).argmax(axis=1)
    assert (ours == expected).mean() > 0.99
    with pytest.raises(ValueError, match="more classes"):
        linear.fit_complement_naive_bayes(model, dataset)


def test_nbsvm_learns_and_is_for_two_classes(dataset):
    model = fitted("nbsvm", dataset, linear.fit_nbsvm, text={"max_features": 2_000})
    assert len(model.vectorizer.vocabulary) == 2_000
    right = model.predict_proba(dataset.test.texts).argmax(axis=1) == dataset.test.labels
    assert right.mean() > 0.6
    three = dataclasses.replace(dataset, label_names=("a", "b", "c"))
    with pytest.raises(ValueError, match="two classes"):
        models.build("nbsvm", three)


def test_majority_is_the_shares_of_the_train_part(dataset):
    proba = linear.majority(dataset)(["a", "b", "c"])
    assert proba.shape == (3, 2)
    assert proba[0, 1] == pytest.approx(dataset.train.labels.mean())


def test_class_spread_is_that_of_complement_naive_bayes_and_tells_who_says_most():
    labels = np.repeat(np.arange(3), 20)
    counts = np.ones((60, 20))  # in all classes alike; the last one in the first above all
    counts[:20, -1] = 9
    spread = linear.class_spread(scipy.sparse.csr_matrix(counts), labels)
    by_hand = []
    for label in range(3):
        rest = counts[labels != label].sum(axis=0) + 0.1
        by_hand.append(-np.log(rest / rest.sum()))
    assert np.allclose(spread, np.sqrt(np.std(by_hand, axis=0)), atol=1e-6)
    assert spread[-1] > 2 * spread[0]
