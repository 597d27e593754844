from lib.evaluation import results
from lib.export.card import model_card


def test_card_tells_figures_limits_and_how_to_use_it(tiny, run):
    published = results.read(run)
    card = model_card(tiny, name="imdb/lstm", published=published)
    assert card.startswith("---\nlanguage: en\n")
    assert f"{tiny.count_params():,} weights" in card
    test = published.metrics["test"]
    assert f"| {test['accuracy']:.4f} |" in card
    assert "Synthetic data" in card  # the demo profile's figures mean nothing
    assert "film reviews" in card
    assert "Runtime(" in card


def test_card_without_figures_says_so(tiny):
    card = model_card(tiny, name="mine/stars", published=None)
    assert "has not been published" in card
    assert "measure first" in card
