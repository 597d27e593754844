"""Behavioural tests of a sentiment model, in the sense of CheckList (Ribeiro et al. 2020).

Three kinds. A *minimum functionality* test asks short sentences whose answer is beyond doubt. An
*invariance* test changes what mustn't matter in a real review, and the answer mustn't change. A
*directional* test strengthens a verdict, and its probability mustn't fall.
"""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

GOOD = "good,great,wonderful,brilliant,moving,funny,clever,gripping".split(",")
BAD = "bad,terrible,awful,dull,boring,clumsy,tedious,weak".split(",")
THINGS = "film,movie,story,plot,acting,cast,script,ending".split(",")
STRONGER = "very,really,extremely,absolutely".split(",")
SWAPS = {"movie": "film", "film": "movie", "actors": "cast", "saw": "watched", "watched": "saw"}
ASIDES = (
    "I watched it on a Tuesday.",
    "We had seats in the fourth row.",
    "It runs for about two hours.",
    "My neighbour owns the same television.",
)
TOLERANCE = 0.1  # how far a probability may fall in a directional test


@dataclass(frozen=True)
class Case:
    """One question to a model.

    Attributes:
        test: its name.
        text: what is asked.
        plain: what it is compared with; empty in a minimum functionality test.
        label: the right answer; in a directional test the class whose probability mustn't fall; in
            an invariance test nothing.
    """

    test: str
    text: str
    plain: str = ""
    label: int | None = None


def suite(reviews: Sequence[str], *, count: int = 200, seed: int = 0) -> list[Case]:
    """Return all cases.

    Args:
        reviews: real ones, of which the invariance tests draw.
        count: how many they draw.
        seed: of all that is drawn.
    """
    draw = random.Random(seed)
    chosen = draw.sample(list(reviews), min(count, len(reviews)))
    return [*_functionality(), *_directional(), *_invariance(chosen, draw)]


def _functionality() -> Iterable[Case]:
    for thing in THINGS:
        for good, bad in zip(GOOD, BAD, strict=True):
            yield Case("negated praise", f"The {thing} was not {good}.", label=0)
            yield Case("negated blame", f"The {thing} was never {bad}.", label=1)
            yield Case(
                "contrast",
                f"The {thing} seemed {bad} at first, but in the end it was {good}.",
                label=1,
            )
            yield Case(
                "contrast",
                f"The {thing} seemed {good} at first, but in the end it was {bad}.",
                label=0,
            )


def _directional() -> Iterable[Case]:
    for thing in THINGS:
        for label, words in enumerate((BAD, GOOD)):
            for word, stronger in zip(words, 2 * STRONGER, strict=True):
                plain = f"The {thing} was {word}."
                yield Case("intensifier", f"The {thing} was {stronger} {word}.", plain, label)


def _invariance(reviews: Iterable[str], draw: random.Random) -> Iterable[Case]:
    pattern = re.compile(rf"\b({'|'.join(SWAPS)})\b")
    for review in reviews:
        variants = {
            "neutral word swapped": pattern.sub(lambda found: SWAPS[found[0]], review),
            "typing errors": _mistyped(review, draw),
            "aside added": f"{review} {draw.choice(ASIDES)}",
        }
        for test, changed in variants.items():
            if changed != review:
                yield Case(test, changed, review)


def _mistyped(review: str, draw: random.Random) -> str:
    """Return the review with two neighbouring letters swapped in a word of every fifty."""
    words = review.split(" ")
    long = [i for i, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    for i in draw.sample(long, min(len(long), 1 + len(words) // 50)):
        at = draw.randrange(1, len(words[i]) - 2)
        word = words[i]
        words[i] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def texts(cases: Iterable[Case]) -> list[str]:
    """Return each text that has to be asked once, in a fixed order."""
    return list(dict.fromkeys(t for case in cases for t in (case.text, case.plain) if t))


def failures(cases: Sequence[Case], probabilities: np.ndarray) -> pd.Series:
    """Return the share of failed cases by test.

    Args:
        cases: as `suite` returns them.
        probabilities: `(n, 2)`, of `texts(cases)`.
    """
    row = {text: index for index, text in enumerate(texts(cases))}
    failed = [_failed(case, probabilities, row) for case in cases]
    by_test = pd.Series(failed, index=[case.test for case in cases], dtype=float)
    return by_test.groupby(level=0, sort=False).mean()


def _failed(case: Case, probabilities: np.ndarray, row: dict[str, int]) -> bool:
    answer = probabilities[row[case.text]]
    if not case.plain:
        return answer.argmax() != case.label
    plain = probabilities[row[case.plain]]
    if case.label is None:
        return answer.argmax() != plain.argmax()
    return answer[case.label] < plain[case.label] - TOLERANCE
