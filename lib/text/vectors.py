"""Published word vectors: files of GloVe, word2vec and fastText."""

import gzip
import itertools
from collections import Counter
from collections.abc import Collection
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

FIRST = 20  # lines by which the width is known
SHOWN = 3  # bad lines that an error names


class VectorsError(Exception):
    """A file of word vectors that can't be used; the message says why, in one line."""


def read_vectors(
    path: str | Path, *, words: Collection[str] | None = None
) -> tuple[KeyedVectors, list[tuple[int, str]]]:
    """Read word vectors from a file.

    Args:
        path: text, one word a line with its numbers, as GloVe (Pennington et al. 2014) writes it,
            with a first line of two counts, as word2vec and fastText (`.vec`) do; or word2vec's
            binary form, if its name has `.bin` in it. `.gz` may stand behind each.
        words: those to keep, or all: published files hold millions.

    Returns:
        The vectors, and `(number, reason)` of the lines that were left out.

    Raises:
        VectorsError: there is no such file, or not one good line in it.
    """
    path = Path(path)
    if not path.is_file():
        raise VectorsError(f"There is no file of word vectors {path}.")
    if ".bin" in path.suffixes:
        try:
            vectors = KeyedVectors.load_word2vec_format(path, binary=True)
        except Exception as error:  # gensim raises many kinds
            raise VectorsError(f"{path} is no word2vec file: {error!r:.80}.") from error
        kept = [word for word in vectors.index_to_key if words is None or word in words]
        return _keyed({word: vectors[word] for word in kept}, path, []), []
    found, bad = {}, []
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            first = [line.rstrip().split(b" ") for line in itertools.islice(file, FIRST)]
            header = bool(first) and len(first[0]) == 2 and all(f.isdigit() for f in first[0])
            # What most of the first lines have, so that no single bad one decides.
            widths = Counter(len(fields) - 1 for fields in first[header:])
            dim = int(first[0][1]) if header else max(widths, key=widths.get, default=0)
            others = (line.rstrip().split(b" ") for line in file)
            for number, fields in enumerate(itertools.chain(first, others), start=1):
                if header and number == 1:
                    continue
                try:
                    word, vector = _parsed(fields, dim)
                except ValueError as error:
                    bad.append((number, str(error)))
                    continue
                if words is None or word in words:
                    found.setdefault(word, vector)
    except (OSError, EOFError) as error:
        raise VectorsError(f"{path} can't be read to its end: {error!r:.80}.") from error
    return _keyed(found, path, bad), bad


def _parsed(fields: list[bytes], dim: int) -> tuple[str, np.ndarray]:
    """Return a line's word and vector; a word may hold spaces, as some of GloVe's do."""
    if len(fields) <= dim:
        raise ValueError(f"{len(fields) - 1} numbers instead of {dim}")
    try:
        word = b" ".join(fields[:-dim]).decode()
        vector = np.array(fields[-dim:], "float32")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except ValueError:
        raise ValueError("not numbers") from None
    if not word or not np.isfinite(vector).all():
        raise ValueError("no word" if not word else "a number that is missing or infinite")
    return word, vector


def _keyed(found: dict[str, np.ndarray], path: Path, bad: list) -> KeyedVectors:
    if not found:
        first = "; ".join(f"line {number}: {reason}" for number, reason in bad[:SHOWN])
        raise VectorsError(f"{path} holds no vector of a word that is wanted. {first}".strip())
    vectors = KeyedVectors(len(next(iter(found.values()))))
    vectors.add_vectors(list(found), np.stack(list(found.values())))
    return vectors
