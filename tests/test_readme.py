import re
import shlex

import pandas as pd
import pytest

from lib import evaluation, models, paths

README = paths.README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def reader(workspace, dataset, monkeypatch):
    """A folder with a shipped model and a CSV file of one's own, in the demo profile."""
    (workspace / "models" / "imdb").mkdir(parents=True, exist_ok=True)
    shipped = paths.README.parent / "models" / "imdb" / "lstm_attention.keras"
    (workspace / "models" / "imdb" / shipped.name).symlink_to(shipped)
    texts, labels = dataset.train.texts[:400], dataset.train.labels[:400]
    pd.DataFrame({"review": texts, "stars": labels}).to_csv(workspace / "reviews.csv", index=False)
    monkeypatch.chdir(workspace)
    yield workspace
    models.ARCHITECTURES.pop("fasttext", None)


def test_there_are_examples():
    assert len(BLOCKS) == 4


@pytest.mark.parametrize("block", BLOCKS, ids=["saved", "served", "own data", "architecture"])
def test_examples_run_as_pasted(block, reader, capsys, monkeypatch):
    names = {}
    if "lib.serve" in block:
        pytest.importorskip("onnxruntime", reason="needs requirements-serve.txt")
        from lib.export.__main__ import main

        monkeypatch.setenv("PROFILE", "full")
        assert main(shlex.split(re.search(r"-m lib\.export (.+)", README)[1])) == 0
        capsys.readouterr()
    exec(compile(block, "README.md", "exec"), names)
    if "lib.serve" in block:
        assert re.fullmatch(r"\[\[0\.\d+ 0\.\d+\]\]\n", capsys.readouterr().out)
    elif "print(" in block:
        printed = capsys.readouterr().out.splitlines()
        assert len(block.splitlines()) <= 10
        assert [line.partition("}")[2].strip() for line in printed] == names["reviews"]
        assert all(re.search(r"'positive': [01]\.\d+}", line) for line in printed)
    if "load_csv" in block:
        assert len(block.splitlines()) <= 6
        assert names["model"].architecture == "lstm"
        answers = models.load("reviews.keras").predict_proba(names["dataset"].test.texts)
        assert answers.shape == (len(names["dataset"].test), 2)
        assert answers.std() > 0.01  # it has been trained
    if "publish" in block:
        (made,) = evaluation.named("imdb", ["fasttext"]).values()
        assert made.model_file.exists()
        assert len(block.splitlines()) < 20


def test_each_generation_is_said_to_be_ahead_level_or_behind_once():
    results = README[README.index("<!-- results: start") : README.index("<!-- results: end")]
    best = [line.split("|")[2].strip() for line in results.splitlines() if line.startswith("| [")]
    assert len(best) >= 10
    said = re.split(r"Ahead by more than chance: |Level: |Behind: ", results)[1:]
    groups = [re.findall(r"([^;.]+?) \(([+−]\d+\.\d)\)", group) for group in said]
    assert sorted(title.strip() for group in groups for title, _ in group) == sorted(
        title for title in best if title != "Feed-forward on n-grams"
    )
    ahead, _, behind = groups
    assert all(points[0] == "+" for _, points in ahead)
    assert all(points[0] == "−" for _, points in behind)
