import matplotlib.pyplot as plt
import pytest

from lib import plots


@pytest.fixture(autouse=True)
def _close():
    plots.style()
    yield
    plt.close("all")


@pytest.fixture(params=[True, False], ids=["given axes", "its own axes"])
def drawn(request):
    """Draw a figure on Axes given, then on its own, and look for what every figure has."""

    def draw(call, *arguments, **options):
        given = plt.subplots()[1] if request.param else None
        ax = call(*arguments, **options, ax=given)
        assert given is None or ax is given
        ax.figure.canvas.draw()
        labels = [ax.get_xlabel(), ax.get_ylabel(), *(t.get_text() for t in ax.get_yticklabels())]
        assert any(labels) or not ax.axison
        return ax

    return draw
