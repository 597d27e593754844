"""Seeded synthetic posts, feelings and tweets: the demo profile's stand-ins for the other tasks.

As in `lib.demo`, no number from them is a result. Each has the labels and parts of the real data
and the traits that its notebook is about.
"""

import random
from collections.abc import Callable

from lib.demo import BAD, GOOD
from lib.splits import Row

SUBJECTS = {  # by what a group's name begins with, words that its posts hold
    "alt": "atheist belief argument logic",
    "comp": "driver monitor windows disk graphics keyboard",
    "misc": "sale shipping price offer",
    "rec": "game team engine bike season driver",
    "sci": "orbit patient circuit key launch study",
    "soc": "church faith scripture prayer",
    "talk": "law government rights war",
}
FEELINGS = {
    "anger": "angry furious irritated bitter mad",
    "fear": "scared afraid nervous anxious shaken",
    "joy": "happy glad cheerful content thrilled",
    "love": "loving caring tender devoted fond",
    "sadness": "sad miserable lonely hopeless hurt",
    "surprise": "amazed surprised stunned curious astonished",
}
THINGS = "the new phone,last night's match,this song,the keynote,our flight,the election".split(",")
FACTS = "starts at nine,was announced today,is on channel four,opens in May,costs ten dollars"


def _parts(draw: random.Random, make: Callable[[], tuple[str, int]], sizes: dict) -> list[Row]:
    return [Row(*make(), part) for part, size in sizes.items() for _ in range(size)]


def post_rows(groups: tuple[str, ...], *, seed: int = 11) -> list[Row]:
    """Return posts with a header that names the sender's place, a quoted line and a signature.

    Header and signature give the group away, as in the real posts; some posts are nothing else.
    """
    draw = random.Random(seed)

    def make() -> tuple[str, int]:
        label = draw.randrange(len(groups))
        words = SUBJECTS[groups[label].split(".")[0]].split()
        own = groups[label].split(".")[-1]
        said = " ".join(
            f"I wonder about the {draw.choice(words)} and the {draw.choice([own, *words])}."
            for _ in range(draw.randint(1, 4))
        )
        quoted = f"> what about the {draw.choice(words)}?"
        body = f"{quoted}\n{said}" if draw.random() > 0.03 else quoted
        header = f"From: {own}{draw.randint(1, 9)}@example.org\nSubject: Re: {draw.choice(words)}"
        return f"{header}\nLines: {len(body)}\n\n{body}\n\n--\nthe {own} club", label

    return _parts(draw, make, {"train": 1_600, "test": 600})


def feeling_rows(labels: tuple[str, ...], *, seed: int = 12) -> list[Row]:
    """Return sentences on feelings, some with a past one first; the classes are not balanced."""
    draw = random.Random(seed)
    weights = [3 / (position + 2) for position in range(len(labels))]

    def make() -> tuple[str, int]:
        label = draw.choices(range(len(labels)), weights)[0]
        now = draw.choice(FEELINGS[labels[label]].split())
        before = draw.choice(FEELINGS[draw.choice(labels)].split())
        return draw.choice(
            [
                f"i feel {now} about all of this",
                f"i used to feel {before} but now i feel {now}",
                f"i feel {now} where i once felt {before}",
                f"i didnt expect to feel so {now} today",
            ]
        ), label

    return _parts(draw, make, {"train": 1_200, "validation": 200, "test": 400})


def tweet_rows(labels: tuple[str, ...], *, seed: int = 13) -> list[Row]:
    """Return tweets with mentions, hashtags, elongated words, links and emoji."""
    draw = random.Random(seed)

    def make() -> tuple[str, int]:
        label = draw.choices(range(len(labels)), (2, 4, 3))[0]
        thing = draw.choice(THINGS)
        word = draw.choice(GOOD if labels[label] == "positive" else BAD)
        if labels[label] == "neutral":
            said = f"{thing} {draw.choice(FACTS.split(','))}"
        else:
            other = draw.choice(BAD if labels[label] == "positive" else GOOD)
            said = draw.choice(
                [f"{thing} is soooo {word}", f"{thing} isn't {other} at all, it's {word}"]
            )
        end = draw.choice(["", " 🙂", " :(", " #now", " http://t.co/x1", "!!!"])
        return f"@user{draw.randint(1, 99)} {said}{end}", label

    return _parts(draw, make, {"train": 1_500, "test": 500})
