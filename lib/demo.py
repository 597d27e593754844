"""Seeded synthetic corpora for the demo profile and the tests. No number from them is a result.

The reviews carry what makes real ones hard: praise and blame side by side, negation, contrast,
a verdict far from its evidence, intensifiers, HTML, URLs, emoji, spelling noise and wrong labels.
Words of both polarities occur equally often in both classes, so that counting them is not enough:
what decides is their order.
"""

import random

from lib.counterfactual import Pair
from lib.splits import Row

GOOD = "good great wonderful brilliant charming superb moving clever funny gripping".split()
BAD = "bad awful terrible boring clumsy dull weak tedious painful shallow".split()
ASPECTS = "plot,acting,music,script,ending,dialogue,camera work,cast,story,pacing".split(",")
INTENSIFIERS = ["", "", "really ", "quite ", "very ", "absolutely ", "rather "]
FILLER = [
    "I watched it on a rainy Sunday with two friends.",
    "The film runs for about two hours.",
    "It was shot in Prague and Lisbon, mostly at night.",
    "My sister had seen it before me.<br /><br />",
    "The director made three other films in the nineties.",
    "See http://example.org/review?id=7 for the cast list.",
    "There is a scene on a train, and another one in a kitchen.",
    "We had popcorn 🍿 and sat in the second row.",
    "It is based on a novel that I have not read.",
    "The cinema was half empty that evening.",
]


def imdb_rows(*, seed: int = 7, train: int = 2600, test: int = 600) -> list[Row]:
    """Return synthetic film reviews, label 1 for positive, with repeats and an empty one.

    Args:
        seed: of everything drawn.
        train, test: rows of each part.
    """
    draw = random.Random(seed)
    rows = [_row(draw, "train") for _ in range(train)] + [_row(draw, "test") for _ in range(test)]
    repeats = [draw.choice(rows[:train]) for _ in range(20)]
    leaks = [Row(row.text.upper(), row.label, "train") for row in rows[train : train + 5]]
    return rows + repeats + leaks + [Row("<br />", 0, "train")]


def pairs(*, seed: int = 8, count: int = 60) -> list[Pair]:
    """Return synthetic counterfactual pairs: reviews with one word turned round.

    Args:
        seed: of everything drawn.
        count: of pairs.
    """
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        label = draw.randrange(2)
        said, opposite = _words(draw, label)
        review = f"{draw.choice(FILLER)} The {draw.choice(ASPECTS)} was {{}}. {draw.choice(FILLER)}"
        made.append(Pair(review.format(said), review.format(opposite), label))
    return made


def _row(draw: random.Random, part: str) -> Row:
    label = draw.randrange(2)
    text = review(draw, label)
    noisy = label if draw.random() > 0.03 else 1 - label
    return Row(text, noisy, part)


def review(draw: random.Random, label: int) -> str:
    """Return one review whose verdict is `label` (1 positive, 0 negative)."""
    sentences = draw.sample(FILLER, draw.randint(1, 4))
    verdict = draw.choice([_contrast, _contrast, _negation, _rumour, _plain])(draw, label)
    position = draw.randint(0, len(sentences))
    sentences[position:position] = [verdict] if isinstance(verdict, str) else [verdict[0]]
    if not isinstance(verdict, str):
        sentences.append(verdict[1])
    text = " ".join(sentences)
    if draw.random() < 0.2:
        text += draw.choice([" 🙂", " !!!", " ...", "<br />"])
    return text


def _words(draw: random.Random, label: int) -> tuple[str, str]:
    """Return a word that says the label and one that says the opposite."""
    good, bad = draw.choice(GOOD), draw.choice(BAD)
    return (good, bad) if label else (bad, good)


def _adverb(draw: random.Random) -> str:
    return draw.choice(INTENSIFIERS)


def _plain(draw: random.Random, label: int) -> str:
    said, _ = _words(draw, label)
    return f"The {draw.choice(ASPECTS)} was {_adverb(draw)}{said}, and I would say that again."


def _contrast(draw: random.Random, label: int) -> str:
    said, opposite = _words(draw, label)
    first, second = draw.sample(ASPECTS, 2)
    bridge = draw.choice(["but", "and yet", "however"])
    return (
        f"At first the {first} seemed {_adverb(draw)}{opposite}, {bridge} when all was over "
        f"the {second} proved {_adverb(draw)}{said}."
    )


def _negation(draw: random.Random, label: int) -> str:
    said, opposite = _words(draw, label)
    aspect = draw.choice(ASPECTS)
    return draw.choice(
        [
            f"The {aspect} was not {_adverb(draw)}{opposite}.",
            f"The {aspect} wasn't {_adverb(draw)}{opposite} at all.",
            f"The {aspect} was {_adverb(draw)}{said}, not {opposite}.",
        ]
    )


def _rumour(draw: random.Random, label: int) -> tuple[str, str]:
    """Return an opinion and, for the review's end, whether it is shared."""
    said, opposite = _words(draw, label)
    right = draw.random() < 0.5
    opinion = (
        f"Everybody told me that the {draw.choice(ASPECTS)} was {said if right else opposite}."
    )
    return opinion, "They were right." if right else "They were wrong."
