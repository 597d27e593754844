import functools
import hashlib
import http.server
import threading

import pytest

from lib.data import files as sources
from lib.data.dataset import DataError


@pytest.fixture
def server(tmp_path):
    """A local web server over a folder."""
    folder = tmp_path / "www"
    folder.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{running.server_port}"
    running.shutdown()


def test_download_checks_and_keeps_the_file(server, tmp_path):
    folder, address = server
    (folder / "some.tar.gz").write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    path = sources.download(f"{address}/some.tar.gz", sha256=digest, folder=tmp_path / "data")
    assert path.read_bytes() == b"content"
    assert path.name == "some.tar.gz"


def test_download_with_the_wrong_checksum_keeps_nothing(server, tmp_path):
    folder, address = server
    (folder / "some.tar.gz").write_bytes(b"half of the cont")
    digest = hashlib.sha256(b"content").hexdigest()
    with pytest.raises(DataError, match=r"arrived damaged.*try again"):
        sources.download(f"{address}/some.tar.gz", sha256=digest, folder=tmp_path / "data")
    assert not [path for path in (tmp_path / "data").rglob("*") if path.is_file()]


def test_download_that_is_not_there(server, tmp_path):
    _, address = server
    with pytest.raises(DataError, match=r"could not be downloaded.*PROFILE=demo"):
        sources.download(f"{address}/nothing.tar.gz", sha256="0" * 64, folder=tmp_path)


def test_what_must_be_fetched_by_hand_says_from_where(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(sources.paths, "SHIPPED_DATA", tmp_path / "shipped")
    with pytest.raises(DataError) as raised:
        sources.need(("some.csv", "other.csv"), where="https://example.org/")
    for said in ("some.csv or other.csv", str(tmp_path), "https://example.org/", "PROFILE=demo"):
        assert said in str(raised.value)
    (tmp_path / "other.csv").touch()
    assert sources.need(("some.csv", "other.csv"), where="nowhere") == tmp_path / "other.csv"
