import pytest

from lib import paths


def test_profile_is_full_unless_said_otherwise(monkeypatch):
    monkeypatch.delenv("PROFILE")
    assert paths.profile() == "full"
    assert paths.models_dir("imdb") == paths.ROOT / "models" / "imdb"


def test_demo_profile_writes_elsewhere(monkeypatch):
    monkeypatch.setenv("PROFILE", "demo")
    assert paths.models_dir("imdb") == paths.ROOT / "models" / "demo" / "imdb"


def test_unknown_profile_is_refused(monkeypatch):
    monkeypatch.setenv("PROFILE", "quick")
    with pytest.raises(ValueError, match=r"PROFILE=.quick..*demo"):
        paths.profile()


def test_data_dir_is_searched_first(monkeypatch, tmp_path):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert paths.data_dirs() == [tmp_path, paths.SHIPPED_DATA]


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "file.txt"
    with paths.written_whole(path) as partial:
        partial.write_text("one")
        assert not path.exists()
        assert partial.suffix == ".txt"

    def interrupted():
        with paths.written_whole(path) as partial:
            partial.write_text("tw")
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert path.read_text() == "one"
    assert [p.name for p in path.parent.iterdir()] == ["file.txt"]


def test_use_of_a_run_is_noted_where_that_is_asked_for(tmp_path, monkeypatch):
    used = paths.models_dir("imdb") / "lstm.json"
    paths.record_use(used)  # nobody asks
    monkeypatch.setenv("METRICS_LOG", str(tmp_path / "log"))
    paths.record_use(used)
    paths.record_use(paths.models_root() / "*" / "*.json")
    monkeypatch.setenv("PROFILE", "demo")
    paths.record_use(paths.ROOT / "models" / "imdb" / "gru.json")  # not of this profile
    assert (tmp_path / "log").read_text() == "imdb/lstm.json\n*/*.json\n"
