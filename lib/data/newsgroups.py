"""20 Newsgroups, split by date (Rennie's `20news-bydate`): posts with headers, Latin-1 text."""

from itertools import groupby
from operator import itemgetter

from lib.data import files
from lib.data.dataset import DataError, Row, text_key

URL = "https://ndownloader.figshare.com/files/5975967"
SHA256 = "8f1b2514ca22a5ade8fbb9cfa5727df95fa587f4c87b786e15c759fa66d95610"
NAMES = ("20news-bydate.tar.gz",)
SIZES = {"train": 11_314, "test": 7_532}
GROUPS = tuple(
    "alt.atheism comp.graphics comp.os.ms-windows.misc comp.sys.ibm.pc.hardware "
    "comp.sys.mac.hardware comp.windows.x misc.forsale rec.autos rec.motorcycles "
    "rec.sport.baseball rec.sport.hockey sci.crypt sci.electronics sci.med sci.space "
    "soc.religion.christian talk.politics.guns talk.politics.mideast talk.politics.misc "
    "talk.religion.misc".split()
)
TECHNICAL = ("comp.", "sci.")
FEW = 2_500  # posts to train and validate on under the coursework's limits


def read() -> list[Row]:
    """Return all posts as they were sent, labelled by the index of their group.

    The latest tenth of each group's train posts is marked as part `validation`, because the test
    part is what was posted later still. Posts are named by a number that counts up with time.

    Raises:
        DataError: the archive can't be had, is damaged or incomplete.
    """
    path = files.find(NAMES) or files.download(URL, sha256=SHA256, name=NAMES[0])
    posts = {part: [] for part in SIZES}
    for name, content in files.tar_members(path):
        folder, group, number = ["", "", *name.split("/")][-3:]
        part = folder.removeprefix("20news-bydate-")
        if part in SIZES and group in GROUPS and number.isdigit():
            posts[part].append((GROUPS.index(group), int(number), content.decode("latin-1")))
    for part, size in SIZES.items():
        if (count := len(posts[part])) != size:
            raise DataError(
                f"{path} holds {count:,} posts of the {part} part, not {size:,}; delete it and "
                "download it again."
            )
    rows = [Row(post, label, "test") for label, _, post in posts["test"]]
    for label, in_order in groupby(sorted(posts["train"]), key=itemgetter(0)):
        earlier = [post for _, _, post in in_order]
        later = [earlier.pop() for _ in range(len(earlier) // 10)]
        rows += [Row(post, label, "train") for post in earlier]
        rows += [Row(post, label, "validation") for post in later]
    return rows


def strip(post: str) -> str:
    """Return a post without its header, its signature and the lines that it quotes.

    By scikit-learn's rules, as in most published results. Of a few posts nothing is left.
    """
    from sklearn.datasets._twenty_newsgroups import (
        strip_newsgroup_footer,
        strip_newsgroup_header,
        strip_newsgroup_quoting,
    )

    return strip_newsgroup_footer(strip_newsgroup_quoting(strip_newsgroup_header(post)))


def few_technical(posts: list[Row]) -> list[Row]:
    """Return posts labelled technical (1) or not (0), `FEW` of them to train and validate on.

    The coursework had 2,997 posts in all. Which ones is decided by a hash, so that neither the
    archive's order nor chance matters; the test part stays whole, because a few hundred posts can't
    tell models apart.
    """
    others = sorted((row for row in posts if row.part != "test"), key=lambda r: text_key(r.text))
    kept = others[:FEW] + [row for row in posts if row.part == "test"]
    return [Row(r.text, int(GROUPS[r.label].startswith(TECHNICAL)), r.part) for r in kept]
