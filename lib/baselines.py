"""The floors that every network has to beat: linear models on bags of n-grams.

scikit-learn fits them; their weights then move into the `linear` network, so that they are saved,
loaded and asked like every other model.
"""

import numpy as np
import scipy.sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from lib.bags import NgramVectorizer
from lib.classifier import TextClassifier
from lib.splits import Dataset, Split


def majority_proba(train: Split, classes: int, texts: list[str]) -> np.ndarray:
    """Return the train part's class shares for every text: `(len(texts), classes)`."""
    shares = np.bincount(train.labels, minlength=classes) / len(train)
    return np.tile(shares, (len(texts), 1))


def tfidf_logistic_regression(
    dataset: Dataset,
    *,
    cleaning: str = "light",
    ngrams: int = 2,
    names: str = "out",
    max_features: int = 200_000,
    c: float = 20.0,
) -> TextClassifier:
    """Fit logistic regression on TF-IDF weighted n-grams of the train part.

    Args:
        dataset: its train part is read.
        cleaning, ngrams, names, max_features: of the bag, as in `NgramVectorizer`.
        c: inverse strength of the L2 penalty.
    """
    bag, x = _weighted_bags(dataset, cleaning, ngrams, names, max_features)
    weights, bias = _fit(x, dataset.train.labels, c=c)
    return _as_classifier(bag, dataset, weights, bias)


def linear_svm(
    dataset: Dataset,
    *,
    cleaning: str = "light",
    ngrams: int = 2,
    names: str = "keep",
    max_features: int = 200_000,
    c: float = 1.0,
    balanced: bool = False,
) -> TextClassifier:
    """Fit a linear support vector machine on TF-IDF weighted n-grams, one class against the rest.

    It knows margins, not probabilities: what the classifier gives is their softmax, of use to
    choose a class but not calibrated.

    Args:
        dataset: its train part is read.
        cleaning, ngrams, names, max_features: of the bag, as in `NgramVectorizer`.
        c: inverse strength of the L2 penalty.
        balanced: weigh each text by the inverse share of its class: all classes count alike.
    """
    bag, x = _weighted_bags(dataset, cleaning, ngrams, names, max_features)
    weight = "balanced" if balanced else None
    fitted = LinearSVC(C=c, class_weight=weight).fit(x, dataset.train.labels)
    return _as_classifier(bag, dataset, fitted.coef_, fitted.intercept_)


def complement_naive_bayes(
    dataset: Dataset,
    *,
    cleaning: str = "light",
    names: str = "keep",
    max_features: int = 200_000,
    smoothing: float = 0.1,
) -> TextClassifier:
    """Fit complement naive Bayes (Rennie et al. 2003) on TF-IDF weighted words.

    More than two classes only: with two it is naive Bayes.

    Args:
        dataset: its train part is read.
        cleaning, names, max_features: of the bag, as in `NgramVectorizer`.
        smoothing: added to every word's weight in each class.

    Raises:
        ValueError: two classes.
    """
    if len(dataset.label_names) == 2:
        raise ValueError(f"Complement naive Bayes needs more classes than {dataset.name} has.")
    bag, x = _weighted_bags(dataset, cleaning, 1, names, max_features)
    fitted = ComplementNB(alpha=smoothing).fit(x, dataset.train.labels)
    weights = fitted.feature_log_prob_
    return _as_classifier(bag, dataset, weights, np.zeros(len(weights)))


def nbsvm(
    dataset: Dataset,
    *,
    cleaning: str = "light",
    ngrams: int = 3,
    names: str = "out",
    max_features: int = 350_000,
    smoothing: float = 1.0,
    c: float = 0.2,
) -> TextClassifier:
    """Fit NB-SVM (Wang & Manning 2012): n-grams scaled by naive Bayes log-count ratios.

    The loss is logistic rather than hinge, so that the model has probabilities. It is fitted on
    all n-grams that occur in two texts, and once more on those that weighed most, for a small
    file. Two classes only.

    Args:
        dataset: its train part is read.
        cleaning, ngrams, names: of the bag, as in `NgramVectorizer`.
        max_features: n-grams that are kept, the ones with the largest weights.
        smoothing: count added to every n-gram in each class.
        c: inverse strength of the L2 penalty on the scaled bag.

    Raises:
        ValueError: more than two classes.
    """
    if len(dataset.label_names) != 2:
        raise ValueError(f"NB-SVM is for two classes, {dataset.name} has {dataset.label_names}.")
    parts = {"cleaning": cleaning, "ngrams": ngrams, "names": names, "weighting": "binary"}
    everything = NgramVectorizer(**parts, max_features=None).fit(dataset.train.texts)
    x, labels = everything.matrix(dataset.train.texts), dataset.train.labels
    weights, _ = _fit(x, labels, smoothing=smoothing, c=c)
    heaviest = np.sort(np.argsort(-np.abs(weights[0]))[:max_features])
    vocabulary = [everything.vocabulary[j] for j in heaviest]
    bag = NgramVectorizer(**parts, max_features=max_features, vocabulary=vocabulary)
    weights, bias = _fit(x[:, heaviest], labels, smoothing=smoothing, c=c)
    return _as_classifier(bag, dataset, weights, bias)


def log_count_ratio(counts, labels: np.ndarray, smoothing: float) -> np.ndarray:
    """Return log((p / |p|) / (q / |q|)) per feature, p and q the smoothed counts of each class.

    Args:
        counts: sparse `(texts, features)`.
        labels: 0 or 1, `(texts,)`.
        smoothing: count added to every feature in each class.
    """
    p, q = (smoothing + np.asarray(counts[labels == c].sum(axis=0))[0] for c in (1, 0))
    return np.log((p / p.sum()) / (q / q.sum()))


def _weighted_bags(
    dataset: Dataset, cleaning: str, ngrams: int, names: str, max_features: int
) -> tuple[NgramVectorizer, scipy.sparse.csr_matrix]:
    """Return a TF-IDF vectorizer fitted on the train part, and the train part's bags."""
    bag = NgramVectorizer(
        cleaning=cleaning, ngrams=ngrams, names=names, max_features=max_features
    ).fit(dataset.train.texts)
    return bag, bag.matrix(dataset.train.texts)


def _fit(
    x, labels: np.ndarray, *, c: float, smoothing: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Fit logistic regression to bags, scaled by log-count ratios if there is a smoothing.

    Returns:
        Weights `(scores, features)` of the unscaled bags, and biases `(scores,)`.
    """
    ratio = np.ones(x.shape[1]) if smoothing is None else log_count_ratio(x, labels, smoothing)
    fitted = LogisticRegression(C=c, max_iter=1000).fit(x.multiply(ratio).tocsr(), labels)
    return fitted.coef_ * ratio, fitted.intercept_


def _as_classifier(
    bag: NgramVectorizer, dataset: Dataset, weights: np.ndarray, bias: np.ndarray
) -> TextClassifier:
    """Move fitted weights into the `linear` network."""
    if len(dataset.label_names) == 2:  # scikit-learn keeps one score for two classes
        weights, bias = np.vstack([-weights, weights]) / 2, np.array([-bias[0], bias[0]]) / 2
    classifier = TextClassifier(
        architecture="linear",
        options={"features": len(bag.vocabulary), "classes": len(dataset.label_names)},
        vectorizer=bag,
        label_names=dataset.label_names,
    )
    padding = np.zeros((1, weights.shape[0]))
    classifier.network.set_weights([np.vstack([padding, weights.T]), bias])
    classifier.round_weights()
    return classifier
