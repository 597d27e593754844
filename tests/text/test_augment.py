import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.text import augment

TEXT = "This is a good film. I liked it! Was it bad? No, not at all, it was very good."


def draw(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture
def wordnet(monkeypatch):
    """A WordNet of two words."""
    known = {"good": ("fine", "great"), "film": ("movie",)}
    monkeypatch.setattr(augment, "_synonyms", lambda word: known.get(word, ()))


def test_synonyms_replace_known_words_and_leave_the_rest(wordnet):
    edited = augment.synonyms(TEXT, draw(), share=1.0)
    assert "movie" in edited
    assert "good" not in edited
    assert augment.WORD.sub("", edited) == augment.WORD.sub("", TEXT)  # punctuation stays
    assert augment.synonyms(TEXT, draw(), share=0.0) == TEXT


def test_deletion_and_swap_move_about_as_much_as_asked():
    text = " ".join(f"w{i}" for i in range(1000))
    left = augment.deletion(text, draw(), share=0.2).split()
    assert len(left) == pytest.approx(800, abs=50)
    assert sorted(left, key=lambda w: int(w[1:])) == left  # in their order
    moved = augment.swap(text, draw(), share=0.2).split()
    assert sorted(moved) == sorted(text.split())
    assert sum(a != b for a, b in zip(moved, text.split(), strict=True)) > 100


@pytest.mark.parametrize("edit", ["deletion", "swap", "shuffled sentences"])
def test_no_tag_is_cut_and_no_contraction(edit):
    text = "I don't like it.<br /><br />It's bad, and I can't say more. " * 9
    for seed in range(20):
        edited = augment.EDITS[edit](text, draw(seed))
        assert "<" not in edited
        assert "br" not in edited.split()
        assert set(edited.split()) <= set(text.replace("<br /><br />", " ").split())


def test_parts_of_a_contraction_are_no_words():
    assert augment.WORD.findall("I don't; the film's good") == ["I", "the", "good"]


def test_sentences_change_places_and_none_is_lost():
    edited = augment.shuffled_sentences(TEXT, draw(3))
    assert edited != TEXT
    assert sorted(augment.SENTENCE.split(edited)) == sorted(augment.SENTENCE.split(TEXT))


@given(st.text(), st.sampled_from(["deletion", "swap", "shuffled sentences"]), st.integers(0, 9))
def test_any_text_gives_a_text_and_the_same_seed_the_same(text, edit, seed):
    edited = augment.EDITS[edit](text, draw(seed))
    assert edited == augment.EDITS[edit](text, draw(seed))
    if text.split():
        assert edited.split()


def test_words_that_only_hold_a_sentence_together_stay():
    for word in ("a", "i", "not", "at"):
        assert augment._synonyms(word) == ()


def test_a_missing_wordnet_is_one_line(monkeypatch):
    import nltk

    monkeypatch.setattr(nltk.data, "path", [])
    augment._synonyms.cache_clear()
    with pytest.raises(augment.CorpusError, match=r"nltk\.downloader wordnet"):
        augment.synonyms("good", draw(), share=1.0)
