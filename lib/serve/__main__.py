"""Serve saved models over HTTP.

python -m lib.serve                                  # the models of the film reviews
python -m lib.serve --models imdb/gru imdb/ffnn --fallback imdb/ffnn --port 8080
"""

import argparse
import socket
import sys
from pathlib import Path

from lib import paths
from lib.serve.exported import export_missing
from lib.serve.runtime import ExportError, Runtime


def main(arguments: list[str] | None = None) -> int:
    """Run the server until it is interrupted; return 2 after an error said in one line."""
    parser = argparse.ArgumentParser(
        prog="python -m lib.serve", description="Saved models behind an HTTP interface."
    )
    parser.add_argument("--models", nargs="+", help="such as imdb/gru (default: all of imdb)")
    parser.add_argument(
        "--default", help="answers if none is named (default: the best of the first one's data)"
    )
    parser.add_argument(
        "--fallback", help="answers where another can't (default: imdb/ffnn, if of equal labels)"
    )
    parser.add_argument("--shadow", help="gets the same texts; its answers are only compared")
    parser.add_argument("--deadline", type=float, default=2.0, help="seconds (default: 2)")
    parser.add_argument("--exported", type=Path, help="default: build/exported/full")
    parser.add_argument("--host", default="127.0.0.1", help="default: this machine alone")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    if not 0 < options.port < 65_536 or options.deadline <= 0:
        parser.error("--port is to be between 1 and 65535, and --deadline more than 0 seconds")
    try:
        family = socket.getaddrinfo(options.host, options.port)[0][0]  # a host may be of IPv6
        socket.create_server((options.host, options.port), family=family).close()
    except OSError as error:
        return _fail(f"{options.host}:{options.port} can't be had: {error}. See --host and --port.")
    try:
        import uvicorn

        from lib.serve.app import create_app
        from lib.serve.protocol import ImpatientProtocol
    except ImportError as error:
        return _fail(f"{error.name} is missing: pip install -r requirements-serve.txt")
    try:
        options.exported = options.exported or paths.exported_dir()
        files = paths.models_dir("imdb").glob("[!.]*.keras")
        there = sorted(f"imdb/{file.stem}" for file in files if file.stem != "ensemble")
        names = options.models or there  # an ensemble isn't exported: its members are
        export_missing(names, options.exported)
        service = make_service(names, options)
    except (ExportError, ValueError) as error:
        return _fail(str(error))
    for name, reason in service.unavailable.items():
        print(f"Note: {name} is left out. {reason}", file=sys.stderr)
    print(f"http://{options.host}:{options.port}/   (documentation: /docs; Ctrl-C stops)")
    uvicorn.run(
        create_app(service),
        host=options.host,
        port=options.port,
        http=ImpatientProtocol,
        log_level="warning",
        timeout_keep_alive=15,
        timeout_graceful_shutdown=30,
        limit_concurrency=1000,
    )
    return 0


def make_service(names: list[str], options: argparse.Namespace):
    """Load the exported models and put them behind a `Service`.

    Raises:
        ExportError: none can be loaded.
        ValueError: default, fallback or shadow is none of them.
    """
    from lib.serve.service import Service

    runtimes, unavailable = {}, {}
    for name in names:
        try:
            runtime = Runtime(options.exported / name)
            runtime.predict_labels(["Warm up: what is made at the first text, is made now."])
            runtimes[name] = runtime
        except ExportError as error:
            unavailable[name] = str(error)
        except (TypeError, ValueError) as error:  # it reads the rows of a table
            unavailable[name] = f"It doesn't answer to texts: {error!s:.80}"
    if not runtimes:
        none = "There are no models; `make notebooks` trains them."
        raise ExportError(next(iter(unavailable.values()), none))
    first = next(iter(runtimes)).partition("/")[0]  # accuracies of two tasks can't be compared
    alike = [name for name in runtimes if name.partition("/")[0] == first]
    best = max(alike, key=lambda name: (runtimes[name].figures or {}).get("accuracy", 0))
    default = options.default or best
    labels = {name: runtime.label_names for name, runtime in runtimes.items()}
    small = "imdb/ffnn" if labels.get("imdb/ffnn") == labels.get(default, ()) else None
    chosen = {"default": default, "fallback": options.fallback or small, "shadow": options.shadow}
    for role, name in chosen.items():
        if name not in (None, *runtimes, *(unavailable if role == "default" else ())):
            raise ValueError(f"--{role} {name}: it is none of {', '.join(runtimes)}.")
    return Service(runtimes, **chosen, unavailable=unavailable, deadline=options.deadline)


def _fail(message: str) -> int:
    print(f"Error: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
