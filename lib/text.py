"""From raw text to clean tokens: three named recipes, `classic`, `light` and `tweet`.

`classic` is the textbook pipeline of the coursework this project grew from: it throws much away,
*not* included. `light` is ours: it keeps contractions, negations, ratings such as 7/10 and the
punctuation that carries sentiment; `tweet` also keeps hashtags, emoji and emoticons. A cleaned text
is a string of tokens joined by single spaces.
"""

import functools
import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable

import emoji
from bs4 import BeautifulSoup
from nltk.stem import PorterStemmer
from nltk.tokenize import NLTKWordTokenizer, TweetTokenizer
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

TAG = re.compile(r"<[^<>]{0,1000}>")
URL = re.compile(r"(?:https?://|www\.)\S*")
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+")
NAMES = ("keep", "out")  # what a vocabulary does with proper names
LIGHT_TOKEN = re.compile(
    r"\d+/\d+"  # a rating
    r"|[^\W_]+(?:'[^\W_]+)*"  # a word, with its contractions: don't, o'clock
    r"|\.\.\.|[!?]|[:;]-?[()]"  # what carries sentiment: ... ! ? :) ;-(
)


def light(text: str) -> str:
    """Clean lightly: lower-case words, contractions and negations whole, `! ? ...` kept.

    HTML tags, URLs, e-mail addresses, accents and all other punctuation go. Cleaning twice gives
    the same as cleaning once. Needs no NLTK corpus.

    Args:
        text: any string.

    Returns:
        Tokens joined by single spaces; empty if nothing is left.
    """
    if "&" in text:
        text = html.unescape(text)
    text = text.lower() if text.isascii() else text.translate(_PLAIN_LETTERS)
    text = text.replace("`", "'")
    if "<" in text:
        text = TAG.sub(" ", text)
    if "http" in text or "www." in text:
        text = URL.sub(" ", text)
    if "@" in text:
        text = EMAIL.sub(" ", text)
    return " ".join(LIGHT_TOKEN.findall(text))


INSIDE_SENTENCE = re.compile(r"(?<=[a-z,;] )[^\W\d_]+(?:['’][^\W\d_]+)*")


def proper_names(texts: Iterable[str], *, share: float = 0.75, min_count: int = 2) -> set[str]:
    """Return the words that are written with a capital where no sentence begins: names, mostly.

    Counted are words after a lower-case letter or a comma. *I* and its contractions are no names.

    Args:
        texts: raw.
        share: of a word's occurrences that must have the capital.
        min_count: occurrences below which a word is no name.

    Returns:
        The names, as `light` writes them.
    """
    written = Counter(word for content in texts for word in INSIDE_SENTENCE.findall(content))
    counts, capitals = Counter(), Counter()
    for word, count in written.items():
        lowered = light(word)
        counts[lowered] += count
        capitals[lowered] += count * word[0].isupper()
    return {
        word
        for word, count in counts.items()
        if count >= min_count and capitals[word] >= share * count and not re.match(r"i\b", word)
    }


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


_PLAIN_LETTERS = _PlainLetters({ord(quote): "'" for quote in "‘’`´"} | {ord("…"): "..."})


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
    for token in _TWEET_TOKENIZER.tokenize(text):
        if URL.match(token):
            token = "http"
        elif len(token) > 1 and token[0] == "@":
            token = "@user"
        tokens.append(token)
    return " ".join(" ".join(tokens).split())


def untagged(text: str) -> str:
    """Return the text without HTML tags and entities and otherwise as it is, for word pieces."""
    if "&" in text:
        text = html.unescape(text)
    return TAG.sub(" ", text) if "<" in text else text


def classic(text: str) -> str:
    """Clean as in the coursework: no HTML, URLs, punctuation, emoji or stop words; Porter stems.

    In order: lower-case; BeautifulSoup's text; URLs and e-mail addresses out; emoji out;
    apostrophes dropped, other punctuation to spaces; NLTK word tokens; English stop words out
    (scikit-learn's list, which holds *not* and *no*, and comes without a download); Porter stems.
    Every step is cached or skipped where it provably changes nothing; a plain step-by-step version
    in the tests gives the identical output.

    Args:
        text: any string.

    Returns:
        Stems joined by single spaces; empty if nothing is left.
    """
    text = _html_text(text.lower())
    if "http" in text or "www." in text:
        text = URL.sub(" ", text)
    if "@" in text:
        text = EMAIL.sub(" ", text)
    if not _EMOJI_LETTERS.isdisjoint(text):
        text = emoji.replace_emoji(text, " ")
    text = text.translate(PUNCTUATION)
    return " ".join(stem for word in text.split() for stem in _stems(word))


def _html_text(text: str) -> str:
    """Return what BeautifulSoup would, without parsing where the answer is plain."""
    if "<" not in text and "&" not in text:
        return text
    if "&" not in text and "<" not in (bare := text.replace("<br />", " ")):
        return bare
    return BeautifulSoup(text, "html.parser").get_text(" ")


class _PunctuationTable(dict):
    """A `str.translate` table that fills itself: punctuation and symbols become spaces."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = " " if unicodedata.category(char)[0] in "PS" else char
        return self[code]


PUNCTUATION = _PunctuationTable({ord("'"): "", ord("’"): ""})
_TOKENIZER = NLTKWordTokenizer()
_TWEET_TOKENIZER = TweetTokenizer(preserve_case=False, reduce_len=True)
_STEMMER = PorterStemmer()
# Every emoji, keycaps such as 1️⃣ included, has at least one of these characters.
_EMOJI_LETTERS = {c for sequence in emoji.EMOJI_DATA for c in sequence if not c.isascii()}
# Once punctuation is gone, the only words that NLTK splits are these: can|not, gon|na, …
_SPLIT_BY_NLTK = re.compile("cannot|gimme|gonna|gotta|lemme|wanna")


@functools.lru_cache(maxsize=500_000)
def _stems(word: str) -> tuple[str, ...]:
    """Return the stems of one white-space separated word; none if it is a stop word."""
    plain = word.isalnum() and not _SPLIT_BY_NLTK.match(word)
    tokens = [word] if plain else _TOKENIZER.tokenize(word)
    return tuple(_STEMMER.stem(t) for t in tokens if t not in ENGLISH_STOP_WORDS)


RECIPES: dict[str, Callable[[str], str]] = {"light": light, "classic": classic, "tweet": tweet}


def clean(texts: Iterable[str], recipe: str = "light") -> list[str]:
    """Clean many texts with the named recipe.

    Raises:
        ValueError: no such recipe.
        TypeError: an element is not a string; the message gives its position.
    """
    check_choice("cleaning", recipe, tuple(sorted(RECIPES)))
    return [RECIPES[recipe](text) for text in check_texts(texts)]


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
