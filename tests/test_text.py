import string
import unicodedata

import emoji
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.stem import PorterStemmer
from nltk.tokenize import NLTKWordTokenizer
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from lib import demo, text

ANYTHING = st.text(max_size=300)
PIECES = (
    "<br />|<b>|</i>|<|>|&amp;|&lt;|&quot|http://a.b/c|www.x.org|a@b.com|don't|can't|cannot|gonna|"
    "10/10|7 / 10|...|!!|:)|😀|é|İ|ﬁ|x²|\x85|\u2028|the|not|GREAT|movies|'tis|`| |\n|\t|.|,|…|’|—"
).split("|")
MARKUP = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


def classic_step_by_step(raw: str) -> str:
    """The classic recipe as one would write it first: the reference of `text.classic`."""
    lowered = raw.lower()
    without_html = BeautifulSoup(lowered, "html.parser").get_text(" ")
    without_urls = text.URL.sub(" ", without_html)
    without_addresses = text.EMAIL.sub(" ", without_urls)
    without_emoji = emoji.replace_emoji(without_addresses, " ")
    without_apostrophes = without_emoji.replace("'", "").replace("’", "")
    without_punctuation = "".join(
        " " if unicodedata.category(c)[0] in "PS" else c for c in without_apostrophes
    )
    tokens = NLTKWordTokenizer().tokenize(without_punctuation)
    stemmer = PorterStemmer()
    return " ".join(stemmer.stem(t) for t in tokens if t not in ENGLISH_STOP_WORDS)


@settings(max_examples=300, deadline=None)
@given(st.one_of(ANYTHING, MARKUP))
def test_classic_equals_the_step_by_step_reference(raw):
    assert text.classic(raw) == classic_step_by_step(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "I cannot, gimme gonna gotta lemme wanna wannabe cannots d'ye more'n 'tis 'twas whaddya",
        "1️⃣ 5\ufe0f\u20e3 #️⃣ 👨‍👩‍👧 a\u200db 🇫🇷 ©movie™ ☺ x\ufe0e",
        "naïve Σίσυφος ΟΔΟΣ ﬁlm ½ ２００１ Ⅷ 日本語。 e\u0301tude \x85\u2028\x1c a\u00adb _under_",
    ],
)
def test_classic_equals_the_reference_where_a_shortcut_might_not(raw):
    assert text.classic(raw) == classic_step_by_step(raw)


def test_classic_equals_the_reference_on_reviews():
    for row in demo.imdb_rows(train=300, test=10):
        assert text.classic(row.text) == classic_step_by_step(row.text)


@settings(max_examples=500, deadline=None)
@given(st.one_of(ANYTHING, MARKUP))
def test_light_is_idempotent_and_leaves_no_tag_or_url(raw):
    cleaned = text.light(raw)
    assert text.light(cleaned) == cleaned
    assert not set("<>@\n\t") & set(cleaned)
    assert "http://" not in cleaned
    assert "https://" not in cleaned
    assert not text.URL.search(cleaned)
    assert cleaned == " ".join(cleaned.split())


@settings(max_examples=200, deadline=None)
@given(st.one_of(ANYTHING, MARKUP))
def test_classic_leaves_no_punctuation_or_stop_word(raw):
    words = text.classic(raw).split()
    assert not set(string.punctuation) & set("".join(words))


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("I DIDN'T like it... not good!", "i didn't like it ... not good !"),
        ("<br />See https://imdb.com/x?y=1 now<br/>", "see now"),
        ("7/10, I’d say — really?", "7/10 i'd say really ?"),
        ("Amélie &amp; co. :) a@b.com", "amelie co :)"),
        ("<br /><br />", ""),
        ("", ""),
    ],
)
def test_light_by_example(raw, cleaned):
    assert text.light(raw) == cleaned


def test_classic_by_example():
    assert text.classic("The <b>movies</b> were NOT good, cannot wait!") == "movi good wait"


def test_a_million_characters_take_no_time():
    for hostile in (
        "a" * 1_000_000,
        "<" * 1_000_000,
        "a@" * 500_000,
        "www." * 250_000,
        "1/" * 500_000,
    ):
        text.light(hostile)


def test_unknown_recipe_and_wrong_types():
    with pytest.raises(ValueError, match=r"'harsh'.*classic.*light"):
        text.clean(["a"], "harsh")
    with pytest.raises(TypeError, match="not one string"):
        text.clean("a text")
    with pytest.raises(TypeError, match="Text 1 is NoneType"):
        text.clean(["a", None])


def test_proper_names_are_written_with_a_capital_inside_sentences():
    reviews = [
        "Good acting by Tom Hanks, and Hanks is good. I'm glad, I admit, that Tom came.",
        "The film, Good or not, stars Hanks. Zeta was seen once: with Zoë, Zoë and O’Toole.",
        "Great! Great! Great! It was O'Toole <br />Again, not Tom.",
    ]
    assert text.proper_names(reviews) == {"tom", "hanks", "zoe", "o'toole"}
    assert text.proper_names(reviews, min_count=1) >= {"zoe", "tom"}
    assert text.proper_names([]) == set()


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("@Anna_1 I LOVED it!!! #BestDay https://t.co/x1", "@user i loved it ! ! ! #bestday http"),
        ("Sooooooo goooood :-) 🙂👍🏽", "sooo goood :-) 🙂 👍🏽"),
        ("isn't bad, 10/10", "isn't bad , 10/10"),
        ("", ""),
        ("   ", ""),
        ("@", "@"),
    ],
)
def test_tweet_keeps_what_tweets_are_made_of(written, clean):
    assert text.tweet(written) == clean


@given(st.text(max_size=200))
@settings(deadline=None)
def test_tweet_takes_any_string(content):
    cleaned = text.tweet(content)
    assert cleaned == " ".join(cleaned.split())


@pytest.mark.parametrize(
    ("written", "bare"),
    [("a<br />b", "a b"), ("R&amp;B", "R&B"), ("1 < 2 > 1", "1   1"), ("né 🙂", "né 🙂"), ("", "")],
)
def test_untagged_takes_tags_and_entities_alone(written, bare):
    assert text.untagged(written) == bare
