"""How a network is put together for a data set, before it is trained."""

from collections.abc import Iterable

import keras
import numpy as np
from gensim.models import KeyedVectors

from lib import bert, checkpoints, embeddings, encoders, paths
from lib.baselines import log_count_ratio
from lib.classifier import TextClassifier
from lib.splits import Dataset
from lib.vectorizers import (
    NgramVectorizer,
    SequenceVectorizer,
    TableVectorizer,
    WordPieceVectorizer,
)


def sequence_classifier(
    dataset: Dataset,
    architecture: str,
    *,
    text: dict | None = None,
    options: dict | None = None,
) -> TextClassifier:
    """Return an untrained network on word ids whose embedding starts from `word_vectors`.

    Args:
        dataset: its train part is read, nothing else.
        architecture: a name that `lib.models.build` knows.
        text: options of `SequenceVectorizer`.
        options: of the architecture; vocabulary size and classes follow from the data.
    """
    options = options or {}
    keras.utils.set_random_seed(options.get("seed", 0))  # initial weights are drawn here
    vectorizer = SequenceVectorizer(**(text or {})).fit(dataset.train.texts)
    sizes = {
        "vocabulary_size": len(vectorizer.vocabulary) + 2,
        "classes": len(dataset.label_names),
    }
    classifier = TextClassifier(
        architecture=architecture,
        options=sizes | options,
        vectorizer=vectorizer,
        label_names=dataset.label_names,
    )
    vectors = word_vectors(
        dataset, dim=classifier.options["embedding_dim"], cleaning=vectorizer.cleaning
    )
    matrix = embeddings.embedding_matrix(vectors, vectorizer.vocabulary)
    table = classifier.network.get_layer("embedding").embeddings
    table.assign(matrix / classifier.options["embedding_scale"])
    return classifier


def bag_classifier(
    dataset: Dataset, *, text: dict | None = None, options: dict | None = None
) -> TextClassifier:
    """Return an untrained `ffnn` on bags of n-grams whose fixed weights come from the train part.

    In a binary bag the weight of an n-gram is its naive Bayes log-count ratio with two classes, its
    inverse document frequency with more. In a bag weighted by TF-IDF already it is 1.

    Args:
        dataset: its train part is read, nothing else.
        text: options of `NgramVectorizer`; the weighting is binary unless they say otherwise.
        options: of the architecture; features and classes follow from the data.
    """
    options = options or {}
    keras.utils.set_random_seed(options.get("seed", 0))
    text = {"weighting": "binary"} | (text or {})
    bag = NgramVectorizer(**text).fit(dataset.train.texts)
    sizes = {"features": len(bag.vocabulary), "classes": len(dataset.label_names)}
    classifier = TextClassifier(
        architecture="ffnn",
        options=sizes | options,
        vectorizer=bag,
        label_names=dataset.label_names,
    )
    if bag.weighting == "tfidf":
        ratio = np.ones(len(bag.vocabulary))
    elif len(dataset.label_names) == 2:
        counts = bag.matrix(dataset.train.texts)
        ratio = log_count_ratio(counts, dataset.train.labels, smoothing=1.0)
    else:
        ratio = bag.idf
    table = classifier.network.get_layer("ratio").embeddings
    table.assign(np.concatenate([[0], ratio])[:, None])
    return classifier


def table_classifier(
    dataset: Dataset,
    *,
    numbers: Iterable[str],
    categories: Iterable[str],
    options: dict | None = None,
) -> TextClassifier:
    """Return an untrained network on a table's rows that scales and encodes them itself.

    Args:
        dataset: its train part's rows are read.
        numbers: columns of numbers, scaled by their mean and variance in the train part.
        categories: columns of categories.
        options: of the architecture `table`.
    """
    options = options or {}
    keras.utils.set_random_seed(options.get("seed", 0))
    vectorizer = TableVectorizer(numbers=numbers, categories=categories).fit(dataset.train.texts)
    rows = np.stack(vectorizer.transform(dataset.train.texts)).astype("float64")
    rows = rows[:, : len(vectorizer.numbers)]
    sizes = {
        "means": rows.mean(axis=0).tolist(),
        "variances": rows.var(axis=0).tolist(),
        "categories": [len(vectorizer.values[name]) for name in vectorizer.categories],
        "classes": len(dataset.label_names),
    }
    return TextClassifier(
        architecture="table",
        options=sizes | options,
        vectorizer=vectorizer,
        label_names=dataset.label_names,
    )


def encoder_classifier(
    dataset: Dataset, pretrained: str, *, text: dict | None = None, options: dict | None = None
) -> TextClassifier:
    """Return a pretrained encoder under a head that is yet to be trained.

    Args:
        dataset: its label names are read, no text.
        pretrained: a name that `lib.encoders.load_encoder` knows.
        text: options of `WordPieceVectorizer`; the tokenizer is the encoder's.
        options: of the architecture; the encoder's sizes and the classes follow.

    Raises:
        EncoderError: the encoder can't be had.
        ValueError: it has no positions for texts as long as `max_length`.
    """
    options = options or {}
    folder = encoders.find(pretrained)
    backbone = checkpoints.sizes(folder)
    pieces = checkpoints.load_tokenizer(folder).backend_tokenizer.to_str()
    vectorizer = WordPieceVectorizer(tokenizer=pieces, **(text or {}))
    if vectorizer.max_length > backbone["max_sequence_length"]:
        raise ValueError(
            f"max_length={vectorizer.max_length}, but {pretrained} reads at most "
            f"{backbone['max_sequence_length']} pieces."
        )
    keras.utils.set_random_seed(options.get("seed", 0))  # the head's weights are drawn here
    sizes = {"backbone": backbone, "classes": len(dataset.label_names)}
    classifier = TextClassifier(
        architecture="encoder",
        options={"pretrained": pretrained} | sizes | options,
        vectorizer=vectorizer,
        label_names=dataset.label_names,
    )
    if classifier.options["trained_blocks"]:  # a frozen encoder has read its weights itself
        weights = checkpoints.load_backbone(folder)
        bert.take_weights(classifier.network.get_layer("encoder"), weights)
    return classifier


def rebuild(metrics: dict, dataset: Dataset, *, seed: int) -> TextClassifier:
    """Return an untrained classifier by the recipe of a published run, from another seed.

    Args:
        metrics: a run's metrics JSON.
        dataset: as for that run.
        seed: of the initial weights and of dropout.
    """
    sizes = ("features", "vocabulary_size", "backbone", "classes")  # these follow from the data
    options = {k: v for k, v in metrics["model"]["options"].items() if k not in sizes}
    text = {k: v for k, v in metrics["text"].items() if k != "vocabulary"}
    parts = {"text": text, "options": options | {"seed": seed}}
    if metrics["model"]["architecture"] == "ffnn":
        return bag_classifier(dataset, **parts)
    if metrics["model"]["architecture"] == "encoder":
        return encoder_classifier(dataset, options.pop("pretrained"), **parts)
    return sequence_classifier(dataset, metrics["model"]["architecture"], **parts)


def word_vectors(dataset: Dataset, *, dim: int = 100, cleaning: str = "light") -> KeyedVectors:
    """Return skip-gram vectors of the train part's words; trained once, then read from a file.

    Args:
        dataset: its train part is read.
        dim: size of a vector.
        cleaning: a recipe of `lib.text`.
    """
    name = f"{dataset.name}-{dataset.fingerprint}-{cleaning}-{dim}.word2vec"
    path = paths.cache_dir() / name
    if path.exists():
        return KeyedVectors.load_word2vec_format(path, binary=True)
    tokens = SequenceVectorizer(cleaning=cleaning).tokens(dataset.train.texts)
    vectors = embeddings.train_word2vec(tokens, dim=dim)
    with paths.written_whole(path) as partial:
        vectors.save_word2vec_format(partial, binary=True)
    return vectors
