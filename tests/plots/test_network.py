import matplotlib.pyplot as plt
import pytest
from support import WORDS, network

from lib import plots


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_every_layer_is_drawn_with_its_shape_and_weights():
    built = network("gru", **WORDS, units=4, bidirectional=True)
    drawn = texts(plots.network(built))
    names = drawn[::2]
    assert len(names) == len(built.layers)
    assert names[0] == "InputLayer · ids"
    assert "Bidirectional GRU · bigru" in names
    assert drawn[2 * names.index("Embedding") + 1] == "(batch, time, 8) · 400 weights"
    assert drawn[-2:] == ["Dense · logits", "(batch, 2) · 34 weights"]


@pytest.mark.parametrize(
    ("name", "options"),
    [("cnn", {}), ("transformer", {}), ("wide_and_deep", {"features": 9}), ("dcnn", {})],
)
def test_arrows_lead_down_and_leave_the_padding_mask_out(name, options):
    built = network(name, **WORDS, **options)
    ax = plots.network(built)
    arrows = [a for a in ax.texts if getattr(a, "arrow_patch", None)]
    assert all(a.xyann[1] > a.xy[1] for a in arrows)
    inputs = [t.get_position() for t in ax.texts if t.get_text().startswith("InputLayer")]
    from_input = [
        a for a in arrows for x, y in inputs if a.xyann[0] == x and 0 < y - a.xyann[1] < 0.6
    ]
    assert len(from_input) == len(built.inputs)
    assert len(arrows) >= len(built.layers) - len(built.inputs)


def test_it_draws_on_axes_that_are_given():
    _, ax = plt.subplots()
    assert plots.network(network("dan", **WORDS), ax=ax) is ax
