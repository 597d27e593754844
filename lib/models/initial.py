"""What a network takes from the train part before it is trained: sizes and first weights."""

import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from lib import paths
from lib.data import Dataset
from lib.models import encoder, static_vectors
from lib.models.linear import class_spread, log_count_ratio
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


def set_weights(model, dataset: Dataset, *, labelled: Dataset | None = None) -> None:
    """Give an untrained network the weights that it starts from, where they aren't random.

    An embedding starts from word vectors of the train part, trained from the model's seed, unless
    its option `vectors` says otherwise. The fixed weight of an n-gram in `ffnn` is, in a binary
    bag, its naive Bayes log-count ratio with two classes, its inverse document frequency with more;
    in a bag weighted by TF-IDF already it is 1, or how far more than two classes lie apart. An
    encoder that is to be trained starts from its pretrained weights.

    Args:
        model: a `TextClassifier`.
        dataset: its train part is read.
        labelled: the one whose labels may be known, if not all of them are.
    """
    vectorizer = model.vectorizer
    if model.options.get("vectors", "random") != "random":
        matrix = word_vectors(model, dataset)
        table = model.network.get_layer("embedding").embeddings
        table.assign(matrix / model.options["embedding_scale"])
    if model.architecture in ("ffnn", "wide_and_deep"):
        ratio = _ngram_weights(getattr(vectorizer, "bag", vectorizer), labelled or dataset)
        table = model.network.get_layer("ratio").embeddings
        table.assign(np.concatenate([[0], ratio])[:, None])
    if model.architecture == "encoder" and not model.frozen_encoder:
        encoder.load_pretrained(model.network, model.options, download=False)


def _ngram_weights(bag: NgramVectorizer, dataset: Dataset) -> np.ndarray:
    weighted, many = bag.weighting == "tfidf", len(dataset.label_names) > 2
    if weighted and not many:
        return np.ones(len(bag.vocabulary))
    if many and not weighted:
        return bag.idf
    weigh = class_spread if many else log_count_ratio
    return weigh(bag.matrix(dataset.train.texts), dataset.train.labels)


def word_vectors(model, dataset: Dataset) -> np.ndarray:
    """Return float32 `(ids, dim)`: what the embedding of a model starts from, by word id.

    Args:
        model: a `TextClassifier` whose vectorizer has `cleaning` and a `vocabulary` of words; its
            option `vectors` says which kind.
        dataset: its train part is read.

    Raises:
        ValueError: no such kind or file, or a file of vectors of another width.
    """
    from lib.text import word2vec

    kind, dim = model.options["vectors"], model.options["embedding_dim"]
    cleaning, vocabulary = model.vectorizer.cleaning, model.vectorizer.vocabulary
    if kind in word2vec.ALGORITHMS:
        options = {"cleaning": cleaning, "dim": dim, "seed": model.seed}
        vectors = keyed_vectors(dataset, kind=kind, **options)
    elif kind == "minilm":
        cleaned = clean(dataset.train.texts, cleaning)
        counts = Counter(word for text in cleaned for word in text.split())
        vectors = static_vectors.distil(vocabulary, counts, dim=dim)
    elif Path(kind).is_file():
        from lib.text.vectors import read_vectors

        vectors, bad = read_vectors(kind, words=set(vocabulary))
        if bad:
            message = f"{kind}: {len(bad)} lines are left out, the first is {bad[0]}."
            warnings.warn(message, stacklevel=2)
    else:
        known = (*word2vec.ALGORITHMS, "minilm", "random")
        raise ValueError(f"vectors={kind!r} is none of {known}, and no file.")
    if (found := vectors.vector_size) != dim:
        raise ValueError(f"{kind} has {found} numbers a word; set embedding_dim={found}.")
    return word2vec.embedding_matrix(vectors, vocabulary, seed=model.seed)


def keyed_vectors(
    dataset: Dataset,
    *,
    kind: str = "word2vec",
    cleaning: str = "light",
    dim: int = 100,
    seed: int = 0,
):
    """Return gensim's `KeyedVectors` of the train part's words.

    They are trained once for each kind, seed, width and cleaning, and then read from a file under
    `build/cache`. `kind` is a key of `lib.text.word2vec.ALGORITHMS`.
    """
    from gensim.models import KeyedVectors

    from lib.text import word2vec

    made_from = f"{dataset.name}-{dataset.fingerprint}-{cleaning}-{dim}-seed{seed}"
    path = paths.cache_dir() / f"{made_from}-{word2vec.EPOCHS}epochs.{kind}"
    if not path.exists():
        tokens = [cleaned.split() for cleaned in clean(dataset.train.texts, cleaning)]
        vectors = word2vec.train_word2vec(tokens, algorithm=kind, dim=dim, seed=seed)
        with paths.written_whole(path) as partial:
            vectors.save_word2vec_format(partial, binary=True)
    # From the file also at first: what FastText knows of unseen words isn't in it.
    return KeyedVectors.load_word2vec_format(path, binary=True)
