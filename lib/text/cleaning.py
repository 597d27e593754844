"""From raw text to clean tokens in one of three ways: `light`, `classic` or `tweet`.

`classic` is the textbook pipeline of the coursework this project grew from: it throws much away,
*not* included. `light` is ours: it keeps contractions, negations, ratings such as 7/10 and the
punctuation that carries sentiment; `tweet` also keeps hashtags, emoji and emoticons. A cleaned text
is a string of tokens joined by single spaces. Cleaners import what they need: NLTK takes seconds.
"""

import functools
import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable

TAG = re.compile(r"<[^<>]{0,1000}>")
URL = re.compile(r"(?:https?://|www\.)\S*")
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+")
NAMES = ("keep", "out")  # what a vocabulary does with proper names
LIGHT_TOKEN = re.compile(
    r"\d+/\d+"  # a rating
    r"|[^\W_]+(?:'[^\W_]+)*"  # a word, with its contractions: don't, o'clock
    r"|\.\.\.|[!?]|[:;]-?[()]"  # what carries sentiment: ... ! ? :) ;-(
)
INSIDE_SENTENCE = re.compile(r"(?<=[a-z,;] )[^\W\d_]+(?:['’][^\W\d_]+)*")


class _PlainLetters(dict):
    """A `str.translate` table that fills itself: lower case, no accents, straight quotes."""

    def __missing__(self, code: int) -> str:
        char, previous = chr(code), None
        while previous != char:  # a few letters need two rounds
            previous = char
            decomposed = unicodedata.normalize("NFKD", char.lower())
            char = "".join(c for c in decomposed if not unicodedata.combining(c))
        self[code] = char
        return char


class _Punctuation(dict):
    """A `str.translate` table that fills itself: punctuation and symbols become spaces."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = " " if unicodedata.category(char)[0] in "PS" else char
        return self[code]


PLAIN_LETTERS = _PlainLetters({ord(quote): "'" for quote in "‘’`´"} | {ord("…"): "..."})
PUNCTUATION = _Punctuation({ord("'"): "", ord("’"): ""})


def light(text: str) -> str:
    """Clean lightly: lower-case words, contractions and negations whole, `! ? ...` kept.

    HTML tags, URLs, e-mail addresses, accents and all other punctuation go. Cleaning twice gives
    the same as cleaning once. Needs no NLTK corpus.

    Args:
        text: any string.

    Returns:
        Tokens joined by single spaces; empty if nothing is left.
    """
    text = html.unescape(text)
    ascii_only = text.isascii()  # as most texts are; `lower` is much faster than the table
    text = text.lower().replace("`", "'") if ascii_only else text.translate(PLAIN_LETTERS)
    text = URL.sub(" ", TAG.sub(" ", text))
    if "@" in text:  # hardly ever, and the slowest of these patterns
        text = EMAIL.sub(" ", text)
    return " ".join(LIGHT_TOKEN.findall(text))


def classic(text: str) -> str:
    """Clean as in the coursework: no HTML, URLs, punctuation, emoji or stop words; Porter stems.

    In order: lower-case; BeautifulSoup's text; URLs and e-mail addresses out; emoji out;
    apostrophes dropped, other punctuation to spaces; NLTK word tokens; English stop words out
    (scikit-learn's list, which holds *not* and *no*, and comes without a download); Porter stems.

    Args:
        text: any string.

    Returns:
        Stems joined by single spaces; empty if nothing is left.
    """
    import emoji
    from bs4 import BeautifulSoup, ParserRejectedMarkup

    text = text.lower()
    try:  # the line break keeps it from warning of texts that look like an address
        text = BeautifulSoup("\n" + text, "html.parser").get_text(" ")
    except ParserRejectedMarkup:  # it gives up at "<![" without an end
        text = untagged(text)
    text = EMAIL.sub(" ", URL.sub(" ", text))
    if not text.isascii():  # as is every emoji
        text = emoji.replace_emoji(text, " ")
    return " ".join(stem for word in text.translate(PUNCTUATION).split() for stem in _stems(word))


@functools.lru_cache(maxsize=500_000)
def _stems(word: str) -> tuple[str, ...]:
    """Return the stems of one white-space separated word; none if it is a stop word."""
    from nltk.stem import PorterStemmer
    from nltk.tokenize import NLTKWordTokenizer
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    tokens = NLTKWordTokenizer().tokenize(word)  # splits cannot, gonna and the like
    return tuple(PorterStemmer().stem(t) for t in tokens if t not in ENGLISH_STOP_WORDS)


def tweet(text: str) -> str:
    """Clean a tweet with NLTK's tweet tokens: lower case; hashtags, emoji, emoticons kept whole.

    Letters that stand more than three times in a row are cut to three (soooooo, sooo), mentions
    become `@user` and links `http`, because who and where says nothing by itself.

    Args:
        text: any string.

    Returns:
        Tokens joined by single spaces; empty if nothing is left.
    """
    tokens = []
    for token in _tweet_tokenizer().tokenize(text):
        if URL.match(token):
            token = "http"
        elif len(token) > 1 and token[0] == "@":
            token = "@user"
        tokens.append(token)
    return " ".join(" ".join(tokens).split())


@functools.cache
def _tweet_tokenizer():
    from nltk.tokenize import TweetTokenizer

    return TweetTokenizer(preserve_case=False, reduce_len=True)


def untagged(text: str) -> str:
    """Return the text without HTML tags and entities and otherwise as it is, for word pieces."""
    return TAG.sub(" ", html.unescape(text))


CLEANERS: dict[str, Callable[[str], str]] = {"light": light, "classic": classic, "tweet": tweet}


def clean(texts: Iterable[str], cleaning: str = "light") -> list[str]:
    """Clean many texts in one of the ways of `CLEANERS`.

    Raises:
        ValueError: no such cleaning.
        TypeError: an element is not a string; the message gives its position.
    """
    check_choice("cleaning", cleaning, tuple(sorted(CLEANERS)))
    return [CLEANERS[cleaning](text) for text in check_texts(texts)]


def proper_names(texts: Iterable[str]) -> set[str]:
    """Return the words that are written with a capital where no sentence begins: names, mostly.

    Counted are words after a lower-case letter or a comma. A name occurs there twice at least, and
    three times of four with a capital. *I* and its contractions are no names. They are returned as
    `light` writes them.
    """
    written = Counter(word for text in texts for word in INSIDE_SENTENCE.findall(text))
    counts, capitals = Counter(), Counter()
    for word, count in written.items():
        lowered = light(word)
        counts[lowered] += count
        capitals[lowered] += count * word[0].isupper()
    frequent = {word for word, count in counts.items() if count >= 2 and not re.match(r"i\b", word)}
    return {word for word in frequent if capitals[word] >= 0.75 * counts[word]}


def check_texts(texts: Iterable[str]) -> list[str]:
    """Return the texts as a list of strings.

    Raises:
        TypeError: `texts` is a single string, or an element is not a string.
    """
    if isinstance(texts, str):
        raise TypeError("Give a list of texts, not one string: [text].")
    checked = list(texts)
    for position, text in enumerate(checked):
        if not isinstance(text, str):
            raise TypeError(f"Text {position} is {type(text).__name__}, not a string: {text!r:.60}")
    return checked


def check_choice(option: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise ValueError if an option's value is none of its choices."""
    if value not in choices:
        raise ValueError(f"{option}={value!r} is not one of {choices}.")
