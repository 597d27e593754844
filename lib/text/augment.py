"""More texts out of those there are: edits that should leave a label as it is.

Words replaced by synonyms, left out, swapped (Wei & Zou 2019, *easy data augmentation*), and
sentences put into another order. Each takes a text and a generator of random numbers.
HTML tags are taken out first, or an edit would cut them.
"""

import functools
import re
from collections.abc import Callable

import numpy as np

from lib.text.cleaning import untagged

WORD = re.compile(r"(?<![\w'’])[A-Za-z]+(?![\w'’])")  # no part of a contraction
SENTENCE = re.compile(r"(?<=[.!?])\s+")


class CorpusError(Exception):
    """WordNet isn't there; the message says how to get it, in one line."""


def synonyms(text: str, draw: np.random.Generator, *, share: float = 0.1) -> str:
    """Replace words by synonyms from WordNet, where it has one.

    Args:
        text: raw.
        draw: of random numbers.
        share: of the words, about.

    Raises:
        CorpusError: WordNet isn't there.
    """

    def replaced(match: re.Match) -> str:
        others = _synonyms(match[0].lower()) if draw.random() < share else ()
        return str(draw.choice(others)) if others else match[0]

    return WORD.sub(replaced, untagged(text))


@functools.lru_cache(maxsize=100_000)
def _synonyms(word: str) -> tuple[str, ...]:
    """Return the single words that share a meaning with this one, but for itself."""
    from nltk.corpus import wordnet
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    if word in ENGLISH_STOP_WORDS:  # to WordNet, "a" is a vitamin and "I" iodine
        return ()
    try:
        lemmas = {lemma for found in wordnet.synsets(word) for lemma in found.lemma_names()}
    except LookupError as error:
        message = "WordNet is missing: `python -m nltk.downloader wordnet`, or set NLTK_DATA."
        raise CorpusError(message) from error
    return tuple(sorted(lemma for lemma in lemmas if lemma.isalpha() and lemma.lower() != word))


def deletion(text: str, draw: np.random.Generator, *, share: float = 0.1) -> str:
    """Leave words out at random, one at least stays."""
    words = untagged(text).split()
    kept = [word for word in words if draw.random() >= share]
    return " ".join(kept or words[:1])


def swap(text: str, draw: np.random.Generator, *, share: float = 0.1) -> str:
    """Let pairs of words change places, so many that about this share of all has moved."""
    words = untagged(text).split()
    for _ in range(round(share * len(words) / 2)):
        i, j = draw.integers(len(words), size=2)
        words[i], words[j] = words[j], words[i]
    return " ".join(words)


def shuffled_sentences(text: str, draw: np.random.Generator) -> str:
    """Put the sentences into another order."""
    sentences = SENTENCE.split(untagged(text))
    return " ".join(sentences[i] for i in draw.permutation(len(sentences)))


EDITS: dict[str, Callable[[str, np.random.Generator], str]] = {
    "synonyms": synonyms,
    "deletion": deletion,
    "swap": swap,
    "shuffled sentences": shuffled_sentences,
}
