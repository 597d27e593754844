"""The baselines that every network has to beat: linear models on bags of n-grams.

scikit-learn fits them; their weights then move into the `linear` network, so that they are saved,
loaded and asked like every other model. `training.fit` calls the `fit_...` functions.
"""

from collections.abc import Callable

import keras
import numpy as np
import scipy.sparse

from lib.data import Dataset
from lib.models.layers import SparseDense
from lib.text import NgramVectorizer

PENALTY = 0.2  # inverse strength of NB-SVM's


def linear(*, features: int, classes: int = 2) -> keras.Model:
    """Multinomial logistic regression on a bag of n-grams: one weight per n-gram and class.

    Inputs: ids int32 `(batch, n)`, 0 pads; values float32 `(batch, n)`.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    values = keras.Input((None,), dtype="float32", name="values")
    logits = SparseDense(features, classes, name="logits")(ids, values)
    return keras.Model([ids, values], logits, name="linear")


def majority(dataset: Dataset) -> Callable[[list], np.ndarray]:
    """Return what answers texts with the train part's class shares, float64 `(n, classes)`."""
    counts = np.bincount(dataset.train.labels, minlength=len(dataset.label_names))
    return lambda texts: np.tile(counts / counts.sum(), (len(texts), 1))


def fit_logistic_regression(model, dataset: Dataset, *, c: float = 20.0) -> None:
    """Fit logistic regression to the bags of the train part.

    Args:
        model: a `TextClassifier` whose network is `linear`.
        dataset: its train part is read.
        c: inverse strength of the L2 penalty.
    """
    x = model.vectorizer.matrix(dataset.train.texts)
    _assign(model, *_logistic(x, dataset.train.labels, c))


def fit_svm(model, dataset: Dataset, *, c: float = 1.0, balanced: bool = False) -> None:
    """Fit a linear support vector machine, one class against the rest (Joachims 1998).

    It knows margins, not probabilities. Those are the logistic curve or the softmax of the margins
    times one number, which makes the log loss of the validation part smallest: Platt's scaling
    (1999) without a shift, or temperature scaling (Guo et al. 2017). No answer changes by it.

    Args:
        model: a `TextClassifier` whose network is `linear`.
        dataset: its train and validation parts are read.
        c: inverse strength of the L2 penalty.
        balanced: weigh each text by the inverse share of its class: all classes count alike.
    """
    from scipy import optimize, special
    from sklearn.svm import LinearSVC

    x = model.vectorizer.matrix(dataset.train.texts)
    weight = "balanced" if balanced else None
    svm = LinearSVC(C=c, class_weight=weight, random_state=0).fit(x, dataset.train.labels)
    labels = dataset.validation.labels
    margins = svm.decision_function(model.vectorizer.matrix(dataset.validation.texts))
    if margins.ndim == 1:
        margins = np.stack([-margins, margins], axis=1) / 2

    def loss(log_scale: float) -> float:
        log_p = special.log_softmax(np.exp(log_scale) * margins, axis=1)
        return -log_p[np.arange(len(labels)), labels].mean()

    scale = np.exp(optimize.minimize_scalar(loss, bounds=(-3, 5), method="bounded").x)
    _assign(model, scale * svm.coef_, scale * svm.intercept_)


def fit_complement_naive_bayes(model, dataset: Dataset, *, smoothing: float = 0.1) -> None:
    """Fit complement naive Bayes (Rennie et al. 2003). More than two classes only.

    Args:
        model: a `TextClassifier` whose network is `linear`.
        dataset: its train part is read.
        smoothing: added to every word's weight in each class.

    Raises:
        ValueError: two classes, with which it is plain naive Bayes.
    """
    from sklearn.naive_bayes import ComplementNB

    if len(dataset.label_names) == 2:
        raise ValueError(f"Complement naive Bayes needs more classes than {dataset.name} has.")
    x = model.vectorizer.matrix(dataset.train.texts)
    fitted = ComplementNB(alpha=smoothing).fit(x, dataset.train.labels)
    _assign(model, fitted.feature_log_prob_, np.zeros(len(dataset.label_names)))


def fit_nbsvm(model, dataset: Dataset, *, c: float = PENALTY) -> None:
    """Fit NB-SVM (Wang & Manning 2012): n-grams scaled by naive Bayes log-count ratios.

    The loss is logistic rather than hinge, so that the model has probabilities. Two classes only.

    Args:
        model: a `TextClassifier` whose network is `linear`.
        dataset: its train part is read.
        c: inverse strength of the L2 penalty on the scaled bag.
    """
    x = model.vectorizer.matrix(dataset.train.texts)
    _assign(model, *_naive_bayes_logistic(x, dataset.train.labels, c))


def heaviest_ngrams(dataset: Dataset, **options) -> NgramVectorizer:
    """Return a vectorizer with the n-grams that weigh most in an NB-SVM on all of them.

    NB-SVM lives off rare n-grams, and the frequent ones that a vectorizer would keep are not those
    that matter; so it is fitted once on all, by the default strength of its penalty, for a small
    file of the same accuracy.

    Args:
        dataset: its train part is read.
        options: of `NgramVectorizer`; `max_features` are kept.

    Raises:
        ValueError: more than two classes.
    """
    if len(dataset.label_names) != 2:
        raise ValueError(f"NB-SVM is for two classes, {dataset.name} has {dataset.label_names}.")
    everything = NgramVectorizer(**options | {"max_features": None}).fit(dataset.train.texts)
    x = everything.matrix(dataset.train.texts)
    weights, _ = _naive_bayes_logistic(x, dataset.train.labels, PENALTY)
    heaviest = np.sort(np.argsort(-np.abs(weights[0]))[: options["max_features"]])
    kept = [everything.vocabulary[j] for j in heaviest]
    return NgramVectorizer(**options, vocabulary=kept, idf=everything.idf[heaviest])


def log_count_ratio(counts, labels: np.ndarray) -> np.ndarray:
    """Return log((p / |p|) / (q / |q|)) per feature, p and q each class's counts plus one.

    Args:
        counts: sparse `(texts, features)`.
        labels: 0 or 1, `(texts,)`.
    """
    p, q = (1 + np.asarray(counts[labels == c].sum(axis=0))[0] for c in (1, 0))
    return np.log((p / p.sum()) / (q / q.sum()))


def class_spread(counts, labels: np.ndarray) -> np.ndarray:
    """Return per feature how far more than two classes lie apart in it.

    It is the root of the standard deviation, over the classes, of the weights of complement naive
    Bayes (Rennie et al. 2003): for many classes what the log-count ratio is for two.

    Args:
        counts: sparse `(texts, features)`.
        labels: int `(texts,)`.
    """
    from sklearn.naive_bayes import ComplementNB

    return np.sqrt(ComplementNB(alpha=0.1).fit(counts, labels).feature_log_prob_.std(axis=0))


def _logistic(x: scipy.sparse.csr_matrix, labels: np.ndarray, c: float) -> tuple:
    """Fit logistic regression; return weights `(scores, features)` and biases `(scores,)`."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=c, max_iter=1000).fit(x, labels)
    return fitted.coef_, fitted.intercept_


def _naive_bayes_logistic(x: scipy.sparse.csr_matrix, labels: np.ndarray, c: float) -> tuple:
    """Fit logistic regression on bags scaled by log-count ratios; weights are of the unscaled."""
    ratio = log_count_ratio(x, labels)
    weights, bias = _logistic(x.multiply(ratio).tocsr(), labels, c)
    return weights * ratio, bias


def _assign(model, weights: np.ndarray, bias: np.ndarray) -> None:
    """Move fitted weights `(scores, features)` and biases into the network."""
    if len(weights) == 1:  # scikit-learn keeps one score for two classes
        weights, bias = np.vstack([-weights, weights]) / 2, np.array([-bias[0], bias[0]]) / 2
    padding = np.zeros((1, len(weights)))
    model.network.set_weights([np.vstack([padding, weights.T]), bias])
