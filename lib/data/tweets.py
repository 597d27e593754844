"""Tweets in three classes: SemEval-2017 Task 4A (Rosenthal, Farra & Nakov 2017)."""

import dataclasses
import functools
import html
import re
import unicodedata
from collections import defaultdict

from lib.data import files
from lib.data.dataset import DataError, Row, text_key
from lib.data.files import BadRow
from lib.text.cleaning import URL

FOLDER = "semeval2017-task4a"
TEST = "SemEval2017-task4-test.subtask-A.english.txt"
LABELS = ("negative", "neutral", "positive")
WHERE = (
    f"https://alt.qcri.org/semeval2017/task4/ (all of 2013 to 2017, in a folder called {FOLDER})"
)
ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
EMOTICON = re.compile(r"[:;=]['^-]?[][(){}/\\|*]|[][(){}]['^-]?[:;=]")  # those without a letter
NOSE = re.compile(r"['^-]")


def read() -> tuple[list[Row], list[tuple[str, str]]]:
    """Return the tweets of 2013 to 2016 to train on and those of 2017 to test on; and bad rows.

    A tweet that stands in several years' files counts once, and not at all if they disagree on its
    label. The latest tenth of those to train on, of late 2015, is marked as part `validation`,
    because the test part is a year younger still: its topics are others. A whole later year would
    be three fifths of all tweets. Their numbers count up with time.

    Raises:
        DataError: the files are not there, or one has no usable row.
    """
    folder = files.need((FOLDER,), where=WHERE)
    years = sorted(folder.glob("twitter-*-A.tsv"))
    if not years or not (folder / TEST).is_file():
        raise DataError(f"{folder} lacks {TEST} or all twitter-*-A.tsv. Get them from {WHERE}.")
    labels = defaultdict(set)
    for path in years:
        for line in path.read_bytes().splitlines():
            number, label = (*line.split(b"\t"), b"")[:2]
            labels[number].add(label)
    seen, numbered, bad_rows = set(), [], []
    for path in [*years, folder / TEST]:
        part = "test" if path.name == TEST else "train"
        parse = functools.partial(_parse, part=part, seen=seen, labels=labels)
        good, bad = files.read_lines(path, parse)
        numbered += good
        bad_rows += bad
    earlier = sorted(number for number, row in numbered if row.part == "train")
    latest = set(earlier[-(len(earlier) // 10) :])
    rows = [
        dataclasses.replace(row, part="validation") if number in latest else row
        for number, row in numbered
    ]
    return rows, bad_rows


def _parse(line: str, *, part: str, seen: set, labels: dict) -> tuple[int, Row]:
    fields = line.split("\t")
    if len(fields) < 3:
        raise BadRow("missing tab")
    number, label, content, *more = fields
    if label not in LABELS:
        raise BadRow("unknown label")
    if not number.isdigit():
        raise BadRow("not a tweet's number")
    if any(field.strip() for field in more):
        raise BadRow("extra column")
    if len(labels[number.encode()]) > 1:
        raise BadRow("repeated with another label")
    if number in seen:
        raise BadRow("repeated")
    seen.add(number)
    if not (tweet := plain(content)):
        raise BadRow("empty text")
    return int(number), Row(tweet, LABELS.index(label), part)


def plain(content: str) -> str:
    """Return a tweet as it was written: quotes of the file format, escapes and entities undone."""
    if len(content) > 1 and content[0] == content[-1] == '"':
        content = content[1:-1].replace('""', '"')
    content = ESCAPE.sub(lambda found: chr(int(found[1], 16)), content)
    content = content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # emoji: two
    return html.unescape(content).strip()


def key(content: str) -> int:
    """Return the `text_key` of a tweet whose emoticons and emoji count, as they say the label.

    How many there are, where, and with what noses, does not count.
    """
    bare = URL.sub(" ", content)  # a link holds :/
    signs = {NOSE.sub("", sign) for sign in EMOTICON.findall(bare)}
    signs |= {char for char in bare if unicodedata.category(char) == "So"}
    return text_key(content, "".join(sorted(signs)))
