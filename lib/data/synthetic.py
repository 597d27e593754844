"""Seeded synthetic data for the demo profile and the tests. No number from it is a result.

Each generator has the labels and parts of the real data and the traits that its notebook is about.
The reviews carry what makes real ones hard: praise and blame side by side, negation, contrast, a
verdict far from its evidence, intensifiers, HTML, URLs, emoji and wrong labels. Words of both
polarities occur equally often in both classes, so that counting them is not enough: what decides
is their order.
"""

from collections.abc import Callable
from random import Random

from lib.data.churn import Customer
from lib.data.counterfactual import Pair
from lib.data.dataset import Row

GOOD = "good great wonderful brilliant charming superb moving clever".split()
BAD = "bad awful terrible boring clumsy dull weak tedious".split()
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


def _rows(make: Callable[[], tuple[str, int]], **sizes: int) -> list[Row]:
    return [Row(*make(), part) for part, size in sizes.items() for _ in range(size)]


def imdb_rows(*, seed: int = 7) -> list[Row]:
    """Return film reviews, label 1 for positive, with repeats, leaks and an empty one."""
    draw = Random(seed)

    def make() -> tuple[str, int]:
        label = draw.randrange(2)
        return _review(draw, label), label if draw.random() > 0.03 else 1 - label

    rows = _rows(make, train=1_600, test=400)
    leaks = [Row(row.text.upper(), row.label, "train") for row in rows[-5:]]
    return rows + draw.sample(rows[:1_600], 20) + leaks + [Row("<br />", 0, "train")]


def _review(draw: Random, label: int) -> str:
    good, bad = draw.choice(GOOD), draw.choice(BAD)
    said, opposite = (good, bad) if label else (bad, good)
    first, second = draw.sample(ASPECTS, 2)
    very = draw.choice(INTENSIFIERS)
    bridge = draw.choice(["but", "and yet", "however"])
    right = draw.random() < 0.5
    contrast = f"At first the {first} seemed {very}{opposite}, {bridge} when all was over the "
    contrast += f"{second} proved {draw.choice(INTENSIFIERS)}{said}."
    negations = [
        f"The {first} was not {very}{opposite}.",
        f"The {first} wasn't {very}{opposite} at all.",
        f"The {first} was {very}{said}, not {opposite}.",
    ]
    plain = f"The {first} was {very}{said}, and I would say that again."
    rumour = f"Everybody told me that the {first} was {said if right else opposite}."
    verdict = draw.choice([contrast, contrast, contrast, *negations, plain, rumour])
    sentences = draw.sample(FILLER, draw.randint(1, 3))
    sentences.insert(draw.randint(0, len(sentences)), verdict)
    if verdict is rumour:  # shared or not, which is told at the end
        sentences.append("They were right." if right else "They were wrong.")
    end = draw.choice([" 🙂", " !!!", " ...", "<br />"]) if draw.random() < 0.2 else ""
    return " ".join(sentences) + end


def pairs(*, seed: int = 8) -> list[Pair]:
    """Return counterfactual pairs: reviews with one word turned round."""
    draw = Random(seed)
    made = []
    for label in [0, 1] * 30:
        words = draw.choice(BAD), draw.choice(GOOD)
        review = f"{draw.choice(FILLER)} The {draw.choice(ASPECTS)} was {{}}. {draw.choice(FILLER)}"
        made.append(Pair(review.format(words[label]), review.format(words[1 - label]), label))
    return made


def post_rows(groups: tuple[str, ...], *, seed: int = 11) -> list[Row]:
    """Return posts with a header that names the sender's place, a quoted line and a signature.

    Header and signature give the group away, as in the real posts; some posts are nothing else.
    """
    draw = Random(seed)

    def make() -> tuple[str, int]:
        label = draw.randrange(len(groups))
        top, *_, own = groups[label].split(".")
        words = SUBJECTS[top].split()
        said = " ".join(
            f"I wonder about the {draw.choice(words)} and the {draw.choice([own, *words])}."
            for _ in range(draw.randint(1, 4))
        )
        quoted = f"> what about the {draw.choice(words)}?"
        body = f"{quoted}\n{said}" if draw.random() > 0.03 else quoted
        header = f"From: {own}{draw.randint(1, 9)}@example.org\nSubject: Re: {draw.choice(words)}"
        return f"{header}\nLines: {len(body)}\n\n{body}\n\n--\nthe {own} club", label

    return _rows(make, train=1_000, test=400)


def feeling_rows(labels: tuple[str, ...], *, seed: int = 12) -> list[Row]:
    """Return sentences on feelings, some with a past one first; the classes are not balanced."""
    draw = Random(seed)
    weights = [3 / (position + 2) for position in range(len(labels))]

    def make() -> tuple[str, int]:
        label = draw.choices(range(len(labels)), weights)[0]
        now = draw.choice(FEELINGS[labels[label]].split())
        before = draw.choice(FEELINGS[draw.choice(labels)].split())
        patterns = [
            f"i feel {now} about {draw.choice(THINGS)}",
            f"i used to feel {before} but now i feel {now}",
            f"i feel {now} where i once felt {before}",
            f"i didnt expect to feel so {now} about {draw.choice(THINGS)}",
        ]
        return draw.choice(patterns), label

    return _rows(make, train=1_000, validation=200, test=300)


def tweet_rows(labels: tuple[str, ...], *, seed: int = 13) -> list[Row]:
    """Return tweets with mentions, hashtags, elongated words, links and emoji."""
    draw = Random(seed)

    def make() -> tuple[str, int]:
        label = draw.choices(range(3), (2, 4, 3))[0]
        name, thing = labels[label], draw.choice(THINGS)
        same, other = (GOOD, BAD) if name == "positive" else (BAD, GOOD)
        opinions = [
            f"{thing} is soooo {draw.choice(same)}",
            f"{thing} isn't {draw.choice(other)} at all, it's {draw.choice(same)}",
        ]
        fact = f"{thing} {draw.choice(FACTS.split(','))}"
        said = fact if name == "neutral" else draw.choice(opinions)
        end = draw.choice(["", " 🙂", " :(", " #now", " http://t.co/x1", "!!!"])
        return f"@user{draw.randint(1, 99)} {said}{end}", label

    return _rows(make, train=1_000, test=400)


def customers(*, seed: int = 14) -> list[Customer]:
    """Return a bank's customers: the old and the idle leave, and Germans more often."""
    draw = Random(seed)
    made = []
    for number in range(1_000):
        features = {
            "CreditScore": float(draw.randint(350, 850)),
            "Age": float(min(92, 18 + round(draw.gammavariate(3, 7)))),
            "Tenure": float(draw.randint(0, 10)),
            "Balance": draw.choice([0.0, round(draw.uniform(3e4, 2e5), 2)]),
            "NumOfProducts": float(draw.choices((1, 2, 3, 4), (50, 46, 3, 1))[0]),
            "HasCrCard": float(draw.random() < 0.7),
            "IsActiveMember": float(draw.random() < 0.5),
            "EstimatedSalary": round(draw.uniform(1e3, 2e5), 2),
            "Geography": draw.choices(("France", "Germany", "Spain"), (2, 1, 1))[0],
            "Gender": draw.choice(("Female", "Male")),
        }
        score = (features["Age"] - 45) / 6 - 2 * features["IsActiveMember"]
        score += 1.5 * (features["Geography"] == "Germany") + draw.gauss(0, 1)
        made.append(Customer(str(number), features, int(score > 0)))
    return made
