"""Export saved models from the shell.

python -m lib.export imdb/gru                      # into build/exported/full/imdb/gru
python -m lib.export imdb/ffnn imdb/gru --to served
"""

import argparse
import sys
from pathlib import Path

from lib import paths
from lib.evaluation import results
from lib.export.folder import export


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status, 2 after an error said in one line."""
    parser = argparse.ArgumentParser(
        prog="python -m lib.export", description="Saved models as folders that run without Keras."
    )
    parser.add_argument("models", nargs="+", help="such as imdb/gru, or a .keras file")
    parser.add_argument("--to", type=Path, help="default: build/exported/full")
    options = parser.parse_args(arguments)
    from lib.models import ModelFileError, load  # here: TensorFlow takes seconds to start

    status = 0
    for name in options.models:
        try:
            file = Path(name) if name.endswith(".keras") else paths.models_root() / f"{name}.keras"
            name = f"{file.resolve().parent.name}/{file.stem}"
            published = _published(file)
            folder = (options.to or paths.exported_dir()) / name
            reference = file.parent / "drift" / f"{file.stem}.npz"
            reference = reference if reference.exists() else None
            export(load(file), folder, name=name, published=published, reference=reference)
        except (ModelFileError, ImportError, NotImplementedError, OSError, ValueError) as error:
            status = _fail(str(error))  # no reason to leave out the others
            continue
        sizes = {path.stem: path.stat().st_size / 1e6 for path in sorted(folder.glob("*.onnx"))}
        print(f"{folder}: {', '.join(f'{n} {size:.1f} MB' for n, size in sizes.items())}")
    return status


def _published(file: Path) -> results.Result | None:
    try:
        return results.read(file.with_suffix(".json"))
    except ValueError:  # a model of one's own
        return None


def _fail(message: str) -> int:
    print(f"Error: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
