from lib.data.dataset import text_key


def test_key_ignores_tags_case_accents_and_punctuation():
    assert text_key("<br />Café, NICE!!") == text_key("cafe nice")
    assert text_key("cafe nice") != text_key("cafe mice")
    assert text_key("<br /> ... ") == 0
