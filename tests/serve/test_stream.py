import csv
import functools
import os
import signal
import subprocess
import sys
import time

import pytest
from support import FakeRuntime

from lib.data.dataset import DataError
from lib.serve import formats, stream


def load(seconds=0.0):
    """In another process as well."""
    return {"fake": FakeRuntime(seconds=seconds)}


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        writer.writerows(
            (i, "" if i % 7 == 3 else f"{'good' if i % 2 else 'bad'} film {i}") for i in rows
        )


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def right(rows):
    return all(
        row["fake"] == ("" if i % 7 == 3 else "positive" if i % 2 else "negative")
        for row in rows
        for i in [int(row["id"])]
    )


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(formats, "CHUNK", 10)
    monkeypatch.setattr(stream, "CHUNK", 10)


def test_a_file_is_answered_row_by_row(tmp_path):
    write(tmp_path / "in.csv", range(95))
    counts = stream.predict(load, ["fake"], tmp_path / "in.csv", tmp_path / "out.csv")
    rows = read(tmp_path / "out.csv")
    assert counts == (81, 14)
    assert [int(row["id"]) for row in rows] == list(range(95))
    assert right(rows)
    assert {file.name for file in tmp_path.iterdir()} == {"in.csv", "out.csv"}


def test_several_processes_give_the_same(tmp_path):
    write(tmp_path / "in.csv", range(95))
    for jobs in (1, 2):
        out = tmp_path / f"out{jobs}.csv"
        stream.predict(load, ["fake"], tmp_path / "in.csv", out, jobs=jobs)
    assert (tmp_path / "out1.csv").read_text() == (tmp_path / "out2.csv").read_text()


def test_a_folder_becomes_a_folder(tmp_path):
    for name in ("a", "b"):
        write(tmp_path / "in" / f"{name}.csv", range(25))
    (tmp_path / "in" / "notes.txt").write_text("not a table")
    counts = stream.predict(load, ["fake"], tmp_path / "in", tmp_path / "out")
    assert counts == (42, 8)
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"a.csv", "b.csv"}
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no file"):
        stream.predict(load, ["fake"], tmp_path / "empty", tmp_path / "out")


def test_killed_in_the_middle_it_goes_on_and_no_row_is_there_twice(tmp_path):
    write(tmp_path / "in.csv", range(400))
    code = f"""
import sys; sys.path[:0] = {sys.path!r}
import functools, pathlib
from lib.serve import formats, stream
from support import FakeRuntime
formats.CHUNK = stream.CHUNK = 10
folder = pathlib.Path({str(tmp_path)!r})
load = lambda: {{"fake": FakeRuntime(seconds=0.05)}}
stream.predict(load, ["fake"], folder / "in.csv", folder / "out.csv")
"""
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ)
    parts = tmp_path / ".out.csv.parts"
    while len(list(parts.glob("[0-9]*.csv"))) < 5:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = len(list(parts.glob("[0-9]*.csv")))
    assert 5 <= done < 40
    assert not (tmp_path / "out.csv").exists()
    runtime = FakeRuntime()
    stream.predict(lambda: {"fake": runtime}, ["fake"], tmp_path / "in.csv", tmp_path / "out.csv")
    assert len(runtime.batches) == 40 - done  # what was there was not asked again
    rows = read(tmp_path / "out.csv")
    assert [int(row["id"]) for row in rows] == list(range(400))
    assert right(rows)


def test_of_an_interrupted_folder_the_finished_files_are_not_answered_again(tmp_path):
    """All but the file in work used to be answered again."""
    for name in ("a", "b", "c"):
        write(tmp_path / "in" / f"{name}.csv", range(25))
    asked = []

    class Breaks(FakeRuntime):
        def predict_proba(self, texts):
            if len(asked) == 6:
                asked.append("broken")
                raise KeyboardInterrupt
            asked.append(len(texts))
            return super().predict_proba(texts)

    def once():
        return stream.predict(
            lambda: {"fake": Breaks()}, ["fake"], tmp_path / "in", tmp_path / "out"
        )

    with pytest.raises(KeyboardInterrupt):  # in the first chunk of the third file
        once()
    before = (tmp_path / "out" / "a.csv").stat().st_mtime_ns
    assert once() == (63, 12)
    assert len(asked) == 10  # three chunks a file, and the one that was interrupted
    assert (tmp_path / "out" / "a.csv").stat().st_mtime_ns == before
    assert all(right(read(tmp_path / "out" / f"{name}.csv")) for name in ("a", "b", "c"))
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"a.csv", "b.csv", "c.csv"}


def test_an_interrupted_run_of_another_file_or_model_is_not_gone_on_with(tmp_path):
    write(tmp_path / "in.csv", range(30))

    def broken():
        runtime = FakeRuntime()
        runtime.error = ValueError("broken")
        return {"fake": runtime}

    with pytest.raises(ValueError, match="broken"):
        stream.predict(broken, ["fake"], tmp_path / "in.csv", tmp_path / "out.csv")
    with pytest.raises(DataError, match="interrupted run of another"):
        stream.predict(load, ["other"], tmp_path / "in.csv", tmp_path / "out.csv")
    write(tmp_path / "in.csv", range(31))
    with pytest.raises(DataError, match="interrupted run of another"):
        stream.predict(load, ["fake"], tmp_path / "in.csv", tmp_path / "out.csv")


def test_parquet_goes_the_same_way(tmp_path):
    pa = pytest.importorskip("pyarrow", reason="needs requirements-scale.txt")
    from pyarrow import parquet

    ids = list(range(95))
    empty = range(30, 40)  # a whole chunk
    texts = [None if i % 7 == 3 or i in empty else "good" if i % 2 else "bad" for i in ids]
    parquet.write_table(pa.table({"id": ids, "text": texts}), tmp_path / "in.parquet")
    out = tmp_path / "out.parquet"
    assert stream.predict(load, ["fake"], tmp_path / "in.parquet", out, jobs=2) == (73, 22)
    found = parquet.read_table(out)
    assert found["id"].to_pylist() == ids
    assert found["fake"].to_pylist()[:4] == ["negative", "positive", "negative", None]


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("in.txt", "text\ngood\n", "doesn't end in"),
        ("in.csv", "review\ngood\n", "no column"),
        ("in.csv", 'text\n""\n" "\n', "no row with a text"),
        ("none.csv", None, "There is no file"),
    ],
)
def test_faults_are_one_line_and_leave_nothing_behind(tmp_path, name, content, line):
    if content:
        (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=line) as caught:
        stream.predict(load, ["fake"], tmp_path / name, tmp_path / f"out{name[-4:]}")
    assert "\n" not in str(caught.value)
    assert [file.name for file in tmp_path.iterdir()] == [name] * bool(content)
    write(tmp_path / "good.csv", range(3))
    with pytest.raises(DataError, match=r"is to end in \.csv"):
        stream.predict(load, ["fake"], tmp_path / "good.csv", tmp_path / "out.parquet")


def test_numbers_are_no_texts(tmp_path):
    pa = pytest.importorskip("pyarrow", reason="needs requirements-scale.txt")
    from pyarrow import parquet

    parquet.write_table(pa.table({"text": [0, 5]}), tmp_path / "in.parquet")
    with pytest.raises(DataError, match="holds int, not text"):
        stream.predict(load, ["fake"], tmp_path / "in.parquet", tmp_path / "out.parquet")


def test_a_fault_in_another_process_is_told(tmp_path):
    write(tmp_path / "in.csv", range(95))
    slow = functools.partial(load, "no number")
    with pytest.raises(TypeError):
        stream.predict(slow, ["fake"], tmp_path / "in.csv", tmp_path / "out.csv", jobs=2)


def failing():
    raise DataError("no such model")


def test_a_model_that_another_process_cannot_load_is_one_line(tmp_path):
    write(tmp_path / "in.csv", range(95))
    with pytest.raises(DataError, match="has died"):
        stream.predict(failing, ["x"], tmp_path / "in.csv", tmp_path / "out.csv", jobs=2)
