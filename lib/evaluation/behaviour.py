"""Behaviour of a sentiment model on sentences that ask one thing each: probes, and a suite.

The suite is in the sense of CheckList (Ribeiro et al. 2020), of three kinds. A *minimum
functionality* test asks short sentences whose answer is beyond doubt. An *invariance* test changes
what mustn't matter in a real review, and the answer mustn't change. A *directional* test
strengthens a verdict, and its probability mustn't fall.
"""

import random
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

# Each probe has one defensible answer. Pairs named alike hold the same words in another order, so
# a bag of words must answer both alike.
PROBES = (
    ("plain, positive", "A wonderful film, I loved every minute of it.", 1),
    ("plain, negative", "A terrible film, I hated every minute of it.", 0),
    ("negation, positive", "This film is good, not bad at all.", 1),
    ("negation, negative", "This film is bad, not good at all.", 0),
    ("contrast, positive", "The first half was dull but the second half was great.", 1),
    ("contrast, negative", "The first half was great but the second half was dull.", 0),
    ("negated praise", "I can't say that I enjoyed it.", 0),
    ("negated blame", "You won't regret seeing this.", 1),
    ("irony", "Great, another two hours of my life that I will never get back.", 0),
    ("understatement", "I fell asleep halfway through.", 0),
    (
        "long praise, as for The Last of Us",
        "An adaptation that respects the game and then goes beyond it: two broken people learn to "
        "trust each other, the episodes take their time, and the ending left me speechless.",
        1,
    ),
    (
        "mixed, ends badly, as for The Last of Us",
        "The opening episode is superb and the cast is strong, but the later episodes lose the "
        "thread, the tension is gone, and in the end I was glad that it was over.",
        0,
    ),
)
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


def probe(
    predict_proba: Callable[[Sequence[str]], np.ndarray],
    probes: Sequence[tuple[str, str, int]] = PROBES,
) -> list[dict]:
    """Return `name`, `text`, `expected` label and `probability` of class 1, a dict a sentence."""
    if not probes:
        return []
    with warnings.catch_warnings():  # a small vocabulary may know no word of a probe
        warnings.simplefilter("ignore", UserWarning)
        answers = predict_proba([text for _, text, _ in probes])[:, 1].tolist()
    keys = ("name", "text", "expected", "probability")
    return [dict(zip(keys, (*one, p), strict=True)) for one, p in zip(probes, answers, strict=True)]


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
    drawn = draw.sample(list(reviews), min(count, len(reviews)))
    return [*_functionality(), *_directional(), *_invariance(drawn, draw)]


def _functionality() -> Iterable[Case]:
    for thing in THINGS:
        for good, bad in zip(GOOD, BAD, strict=True):
            yield Case("negated praise", f"The {thing} was not {good}.", label=0)
            yield Case("negated blame", f"The {thing} was never {bad}.", label=1)
            for label, first, last in ((1, bad, good), (0, good, bad)):
                text = f"The {thing} seemed {first} at first, but in the end it was {last}."
                yield Case("contrast", text, label=label)


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
            "neutral word swapped": pattern.sub(lambda match: SWAPS[match[0]], review),
            "typing errors": _mistyped(review, draw),
            "aside added": f"{review} {draw.choice(ASIDES)}",
        }
        yield from (Case(test, new, review) for test, new in variants.items() if new != review)


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
    answers = dict(zip(texts(cases), probabilities, strict=True))
    failed = [_failed(case, answers) for case in cases]
    by_test = pd.Series(failed, index=[case.test for case in cases], dtype=float)
    return by_test.groupby(level=0, sort=False).mean()


def _failed(case: Case, answers: dict[str, np.ndarray]) -> bool:
    answer = answers[case.text]
    if not case.plain:
        return answer.argmax() != case.label
    if case.label is None:
        return answer.argmax() != answers[case.plain].argmax()
    return answer[case.label] < answers[case.plain][case.label] - TOLERANCE
