import pytest
from support import FakeRuntime


@pytest.fixture
def fake(tmp_path):
    """A function that makes runtimes without a network."""
    return lambda name="imdb/fake", **options: FakeRuntime(name, tmp_path, **options)
