"""What a network takes from the train part before it is trained: sizes and first weights."""

import numpy as np

from lib import paths
from lib.data import Dataset
from lib.models import encoder
from lib.models.linear import log_count_ratio
from lib.text import (
    CombinedVectorizer,
    NgramVectorizer,
    SequenceVectorizer,
    TableVectorizer,
    WordPieceVectorizer,
    clean,
)


def sizes(vectorizer, dataset: Dataset, options: dict) -> dict:
    """Return the network's options that follow from the data.

    Args:
        vectorizer: fitted.
        dataset: for a table, its train part's rows are read.
        options: those that were asked for.
    """
    found = {"classes": len(dataset.label_names)}
    match vectorizer:
        case SequenceVectorizer():
            found["vocabulary_size"] = len(vectorizer.vocabulary) + 2
        case NgramVectorizer():
            found["features"] = len(vectorizer.vocabulary)
        case CombinedVectorizer():
            found["vocabulary_size"] = len(vectorizer.vocabulary) + 2
            found["features"] = len(vectorizer.ngram_vocabulary)
        case WordPieceVectorizer():
            found |= encoder.sizes_of(options["pretrained"])
        case TableVectorizer():
            rows = np.stack(vectorizer.transform(dataset.train.texts)).astype("float64")
            numbers = rows[:, : len(vectorizer.numbers)]
            # Rounded, as sums differ in their last bits between processors.
            found["means"] = [float(f"{mean:.7g}") for mean in numbers.mean(axis=0)]
            found["variances"] = [float(f"{variance:.7g}") for variance in numbers.var(axis=0)]
            found["categories"] = [len(vectorizer.values[n]) for n in vectorizer.categories]
    return found


def set_weights(model, dataset: Dataset) -> None:
    """Give an untrained network the weights that it starts from, where they aren't random.

    An embedding starts from word vectors of the train part, trained from the model's seed, unless
    its option `vectors` says otherwise. The fixed weight of an n-gram in `ffnn` is, in a binary
    bag, its naive Bayes log-count ratio with two classes, its inverse document frequency with more;
    in a bag weighted by TF-IDF already it is 1. An encoder that is to be trained starts from its
    pretrained weights.

    Args:
        model: a `TextClassifier`.
        dataset: its train part is read.
    """
    vectorizer = model.vectorizer
    if model.options.get("vectors") == "word2vec":
        matrix = word_vectors(model, dataset)
        table = model.network.get_layer("embedding").embeddings
        table.assign(matrix / model.options["embedding_scale"])
    if model.architecture in ("ffnn", "wide_and_deep"):
        ratio = _ngram_weights(getattr(vectorizer, "bag", vectorizer), dataset)
        table = model.network.get_layer("ratio").embeddings
        table.assign(np.concatenate([[0], ratio])[:, None])
    if model.architecture == "encoder" and not model.frozen_encoder:
        encoder.outside(model.network, model.options, download=False)


def _ngram_weights(bag: NgramVectorizer, dataset: Dataset) -> np.ndarray:
    if bag.weighting == "tfidf":
        return np.ones(len(bag.vocabulary))
    if len(dataset.label_names) > 2:
        return bag.idf
    return log_count_ratio(bag.matrix(dataset.train.texts), dataset.train.labels)


def word_vectors(model, dataset: Dataset) -> np.ndarray:
    """Return float32 `(ids, dim)`: skip-gram vectors of the train part's words, by word id.

    Args:
        model: a `TextClassifier` whose vectorizer has `cleaning` and a `vocabulary` of words.
        dataset: its train part is read.
    """
    from lib.text import word2vec

    cleaning, dim = model.vectorizer.cleaning, model.options["embedding_dim"]
    vectors = keyed_vectors(dataset, cleaning=cleaning, dim=dim, seed=model.seed)
    return word2vec.embedding_matrix(vectors, model.vectorizer.vocabulary, seed=model.seed)


def keyed_vectors(dataset: Dataset, *, cleaning: str = "light", dim: int = 100, seed: int = 0):
    """Return gensim's `KeyedVectors` of the train part's words, by skip-gram.

    They are trained once for each seed, width and cleaning, and then read from a file under
    `build/cache`.
    """
    from gensim.models import KeyedVectors

    from lib.text import word2vec

    made_from = f"{dataset.name}-{dataset.fingerprint}-{cleaning}"
    path = paths.cache_dir() / f"{made_from}-{dim}-seed{seed}-{word2vec.EPOCHS}epochs.word2vec"
    if path.exists():
        return KeyedVectors.load_word2vec_format(path, binary=True)
    tokens = [cleaned.split() for cleaned in clean(dataset.train.texts, cleaning)]
    vectors = word2vec.train_word2vec(tokens, dim=dim, seed=seed)
    with paths.written_whole(path) as partial:
        vectors.save_word2vec_format(partial, binary=True)
    return vectors
