"""20 Newsgroups, split by date (Rennie's `20news-bydate`): posts with headers, Latin-1 text."""

from sklearn.datasets._twenty_newsgroups import (
    strip_newsgroup_footer,
    strip_newsgroup_header,
    strip_newsgroup_quoting,
)

from lib import sources
from lib.splits import DataError, Row, text_key

URL = "https://ndownloader.figshare.com/files/5975967"
SHA256 = "8f1b2514ca22a5ade8fbb9cfa5727df95fa587f4c87b786e15c759fa66d95610"
NAMES = ("20news-bydate.tar.gz",)
SIZES = {"train": 11_314, "test": 7_532}
GROUPS = (
    "alt.atheism",
    "comp.graphics",
    "comp.os.ms-windows.misc",
    "comp.sys.ibm.pc.hardware",
    "comp.sys.mac.hardware",
    "comp.windows.x",
    "misc.forsale",
    "rec.autos",
    "rec.motorcycles",
    "rec.sport.baseball",
    "rec.sport.hockey",
    "sci.crypt",
    "sci.electronics",
    "sci.med",
    "sci.space",
    "soc.religion.christian",
    "talk.politics.guns",
    "talk.politics.mideast",
    "talk.politics.misc",
    "talk.religion.misc",
)
TECHNICAL = ("comp.", "sci.")
FEW = 2_500  # posts to train and validate on under the coursework's limits


def read() -> list[Row]:
    """Return all posts as they were sent, labelled by the index of their group.

    Raises:
        DataError: the archive can't be had, is damaged or incomplete.
    """
    path = sources.find(NAMES) or sources.download(URL, sha256=SHA256, name=NAMES[0])
    rows = []
    for name, content in sources.tar_members(path):
        steps = name.split("/")
        part = steps[-3].removeprefix("20news-bydate-") if len(steps) >= 3 else ""
        if part in SIZES and steps[-2] in GROUPS:
            rows.append(Row(content.decode("latin-1"), GROUPS.index(steps[-2]), part))
    for part, size in SIZES.items():
        if (found := sum(row.part == part for row in rows)) != size:
            raise DataError(
                f"{path} holds {found:,} posts of the {part} part, not {size:,}; delete it and "
                "download it again."
            )
    return rows


def strip(post: str) -> str:
    """Return a post without its header, its signature and the lines that it quotes.

    By scikit-learn's rules, as in most published results. Of a few posts nothing is left.
    """
    return strip_newsgroup_footer(strip_newsgroup_quoting(strip_newsgroup_header(post)))


def few_technical(posts: list[Row]) -> list[Row]:
    """Return posts labelled technical (1) or not (0), the train part cut to `FEW` posts.

    The coursework had 2,997 posts in all. Which ones is decided by a hash, so that neither the
    archive's order nor chance matters; the test part stays whole, because a few hundred posts can't
    tell models apart.
    """
    train = sorted((row for row in posts if row.part == "train"), key=lambda r: text_key(r.text))
    kept = train[:FEW] + [row for row in posts if row.part == "test"]
    return [Row(r.text, int(GROUPS[r.label].startswith(TECHNICAL)), r.part) for r in kept]
