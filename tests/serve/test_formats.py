import pytest

from lib.data.dataset import DataError
from lib.serve import formats
from lib.serve.formats import Csv, Parquet

ANSWERS = {"m": ["yes", None], "m probability": [0.75, None]}


def read(path):
    return [row for chunk in Csv.chunks(path, "text", "utf-8") for row in chunk]


def test_csv_is_read_in_chunks_and_written_with_columns_more(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "CHUNK", 2)
    source = tmp_path / "in.csv"
    source.write_text('"i\nd",text,m\n1,"a\nb",old\n2,\n3,"c ""d""",x\n,too,many,fields\n')
    chunks = list(Csv.chunks(source, "text", "utf-8"))
    assert [len(chunk) for chunk in chunks] == [2, 2]
    assert Csv.texts(chunks[0], "text") == ["a\nb", ""]  # the second row is too narrow
    parts = [tmp_path / "0.csv", tmp_path / "1.csv"]
    for number, part in enumerate(parts):
        Csv.write(chunks[number], ANSWERS, part, first=number == 0)
    Csv.join(parts, tmp_path / "out.csv")
    rows = read(tmp_path / "out.csv")
    assert list(rows[0]) == ["i\nd", "text", "m", "m probability"]  # the old answer is replaced
    assert [row["text"] for row in rows] == ["a\nb", "", 'c "d"', ""]
    assert [row["m"] for row in rows] == ["yes", "", "yes", ""]


def test_csv_without_a_row_of_its_headers_width_is_an_error(tmp_path):
    (tmp_path / "in.csv").write_text("id,text\n1\n2\n")
    with pytest.raises(DataError, match="no row is as wide"):
        read(tmp_path / "in.csv")


def test_parquet_keeps_types_and_order(tmp_path, monkeypatch):
    pa = pytest.importorskip("pyarrow", reason="needs requirements-scale.txt")
    from pyarrow import parquet

    monkeypatch.setattr(formats, "CHUNK", 2)
    table = pa.table({"id": [1, 2, 3, 4], "text": ["a", None, "c", ""], "m": [1, 2, 3, 4]})
    parquet.write_table(table, tmp_path / "in.parquet")
    chunks = list(Parquet.chunks(tmp_path / "in.parquet", "text", ""))
    assert [Parquet.texts(chunk, "text") for chunk in chunks] == [["a", None], ["c", ""]]
    parts = [tmp_path / "0.parquet", tmp_path / "1.parquet"]
    for number, part in enumerate(parts):
        Parquet.write(chunks[number], ANSWERS, part, first=number == 0)
    Parquet.join(parts, tmp_path / "out.parquet")
    found = parquet.read_table(tmp_path / "out.parquet")
    assert found.schema.field("id").type == pa.int64()
    assert found.column_names == ["id", "text", "m", "m probability"]
    assert found["id"].to_pylist() == [1, 2, 3, 4]
    assert found["m"].to_pylist() == ["yes", None, "yes", None]


@pytest.mark.parametrize("content", [b"", b"PAR1 no", b"text\ngood\n"])
def test_what_is_no_parquet_file_is_one_line(tmp_path, content):
    pytest.importorskip("pyarrow", reason="needs requirements-scale.txt")
    (tmp_path / "in.parquet").write_bytes(content)
    with pytest.raises(DataError, match="no Parquet file") as caught:
        list(Parquet.chunks(tmp_path / "in.parquet", "text", ""))
    assert "\n" not in str(caught.value)


def test_without_pyarrow_one_line_says_what_to_install(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"requirements-scale\.txt"):
        list(Parquet.chunks(tmp_path / "in.parquet", "text", ""))
