import subprocess

import keras
import pytest

from lib import paths, provenance


def git(*arguments):
    who = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
    subprocess.run(["git", "-C", paths.ROOT, *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(workspace):
    """A repository of one commit with a file in `lib`."""
    git("init")
    (workspace / "lib").mkdir()
    (workspace / "lib" / "a.py").write_text("a = 1\n")
    git("add", ".")
    git("commit", "-m", "one")
    return workspace


def test_environment_names_versions_and_processor():
    said = provenance.environment()
    assert said["keras"] == keras.__version__
    assert said["backend"] == keras.backend.backend()
    assert said["cpu"].split(" cores of ")[0].isdigit()
    assert said["cpu"].split(" cores of ")[1]


def test_the_commit_has_a_plus_when_the_library_differs_from_it(repository):
    clean = provenance.commit()
    assert len(clean) >= 7
    int(clean, 16)
    (repository / "notes.md").write_text("what lies outside lib does not count")
    assert provenance.commit() == clean
    (repository / "lib" / "a.py").write_text("a = 2\n")
    assert provenance.commit() == clean + "+"


def test_outside_of_a_repository_there_is_no_commit(workspace):
    assert provenance.commit() == ""
