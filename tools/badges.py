"""Write the public address into pyproject.toml, the notebooks and the README.

python tools/badges.py owner/name    # set it: Colab badges, set-up cells that clone on Colab
python tools/badges.py ""            # unset it: no badge, no clone line, no dead link
"""

import re
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
SETUP = """# Set-up, the same in every notebook.
import sys

{colab}sys.path.insert(0, "..")  # the repository's root, where lib is

import lib  # first: it keeps TensorFlow quiet while it starts"""
COLAB = """if "google.colab" in sys.modules:
    !git clone --depth 1 https://github.com/{repo}
    %cd {folder}/notebooks
    %pip install -q -r ../requirements.txt
"""
BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{repo}/blob/main/notebooks/{notebook})"
)
BADGE_LINE = re.compile(r"\n\n\[!\[Open in Colab\].*?\)\]\(.*?\)")
CLONE_MARKS = re.compile(r"(<!-- clone: start -->\n).*?(<!-- clone: end -->)", re.DOTALL)
INDEX_MARKS = re.compile(r"(<!-- notebooks: start -->\n).*?(<!-- notebooks: end -->)", re.DOTALL)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not re.fullmatch(r"([\w.-]+/[\w.-]+)?", arguments[0]):
        print('Give the repository as owner/name, or "" to unset it: make badges REPO=owner/name')
        return 2
    repo = arguments[0]
    write(ROOT, repo)
    print(f"Badges and clone lines are those of {repo}." if repo else "Badges are off.")
    return 0


def write(root: Path, repo: str) -> None:
    """Write the address everywhere under `root`; an empty one removes every trace of it."""
    project = root / "pyproject.toml"
    address = f"https://github.com/{repo}" if repo else ""
    line = re.sub(
        r'^Repository = ".*"$', f'Repository = "{address}"', project.read_text(), flags=re.M
    )
    project.write_text(line)
    notebooks = sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        title = notebook.cells[0]
        title.source = BADGE_LINE.sub("", title.source)
        if repo:
            badge = BADGE.format(repo=repo, notebook=path.name)
            head, _, rest = title.source.partition("\n\n")
            title.source = f"{head}\n\n{badge}" + (f"\n\n{rest}" if rest else "")
        colab = COLAB.format(repo=repo, folder=repo.split("/")[1]) + "\n" if repo else ""
        for cell in notebook.cells:
            if "setup" in cell.metadata.get("tags", []):
                cell.source = SETUP.format(colab=colab)
        nbformat.write(notebook, path)
    readme = root / "README.md"
    text = CLONE_MARKS.sub(lambda m: m[1] + clone_line(repo) + m[2], readme.read_text("utf-8"))
    text = INDEX_MARKS.sub(lambda m: m[1] + index(notebooks, repo) + m[2], text)
    readme.write_text(text, encoding="utf-8")


def clone_line(repo: str) -> str:
    """Return the README's clone commands, or nothing while there is no address."""
    if not repo:
        return ""
    return f"```bash\ngit clone https://github.com/{repo}\ncd {repo.split('/')[1]}\n```\n"


def index(notebooks: list[Path], repo: str) -> str:
    """Return the README's list of notebooks with their question and, if there is one, a badge."""
    lines = ["| notebook | question |", "|---|---|"]
    for path in notebooks:
        first = nbformat.read(path, as_version=4).cells[0].source
        question = re.search(r"\*\*(.+?)\*\*", first, re.DOTALL)[1].replace("\n", " ")
        badge = " " + BADGE.format(repo=repo, notebook=path.name) if repo else ""
        lines.append(f"| [{path.stem}](notebooks/{path.name}){badge} | {question} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
