"""What a newcomer's first steps take: clones the last commit into a new folder and runs them there.

python tools/first_steps.py            # print
python tools/first_steps.py --write    # and note it in docs/first_steps.json, for the README
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib import paths
from lib.evaluation.publish import environment

NOTE = paths.ROOT / "docs" / "first_steps.json"
STEPS = {
    "make install": "a virtual environment with all that is needed, from the package index",
    "make demo": "the shipped models on a sentence, then every notebook on synthetic texts",
    "make test": "the linter, the unit tests, and every notebook again",
}
LEFT_OUT = {"DATA_DIR", "NLTK_DATA", "PROFILE", "VIRTUAL_ENV"}  # a newcomer has none of these


def main() -> int:
    parser = argparse.ArgumentParser(description="What a newcomer's first steps take.")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    given = {key: value for key, value in os.environ.items() if key not in LEFT_OUT}
    with tempfile.TemporaryDirectory() as folder:
        clone = ["git", "clone", "--quiet", "--depth", "1", f"file://{paths.ROOT}", "clone"]
        subprocess.run(clone, cwd=folder, check=True)
        home, steps = Path(folder) / "clone", []
        for command, what in STEPS.items():
            started = time.perf_counter()
            status = subprocess.run(command.split(), cwd=home, env=given).returncode
            if status:
                print(f"{command} failed with {status}.", file=sys.stderr)
                return status
            largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of one process
            seconds, memory = time.perf_counter() - started, largest / 1e6
            steps.append({"command": command, "what": what, "seconds": round(seconds)})
            steps[-1]["memory_gb"] = round(memory, 2)
        disk = subprocess.run(["du", "-sk", home], capture_output=True, text=True, check=True)
    measured = {"steps": steps, "disk_gb": round(int(disk.stdout.split()[0]) / 1e6, 2)}
    measured["cpu"] = environment()["cpu"]
    print(json.dumps(measured, indent=1))
    if options.write:
        NOTE.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
