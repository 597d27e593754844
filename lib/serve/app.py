"""The HTTP interface of a `Service`: what is asked and answered, in JSON."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from lib.serve.limits import EXPLAINED_CHARACTERS, EXPLAINED_WORDS, Ask, AskWhy, check_texts, read
from lib.serve.service import Service
from lib.serve.worker import UnavailableError

PAGE = Path(__file__).with_name("page.html")
EXPLAIN_AT_ONCE = 4  # explanations that may wait for one another
SAFE = {  # the page loads nothing from elsewhere and runs no script but its own
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
}


def create_app(service: Service) -> FastAPI:
    """Return the application; a server such as uvicorn runs it.

    Every fault is answered by `{"detail": "one line"}`: 4xx where the request is at fault, 503 with
    `Retry-After` where no model can answer now. No name of a file is taken from a request.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await service.close()

    app = FastAPI(
        title="Sequence models",
        description="Class probabilities of texts, from models side by side.",
        version=version("sequence-models"),
        lifespan=lifespan,
    )
    explaining = asyncio.Semaphore(1)
    asked_why = 0

    @app.exception_handler(UnavailableError)
    async def unavailable(_: Request, error: UnavailableError) -> JSONResponse:
        headers = {"Retry-After": str(error.retry_after)}
        return JSONResponse({"detail": f"No answer now: {error}."}, 503, headers)

    @app.post("/predict", openapi_extra=_takes(Ask))
    async def predict(request: Request) -> dict:
        """Give the class probabilities of one text, or of a list."""
        ask = await read(request, Ask)
        texts = check_texts([ask.texts] if isinstance(ask.texts, str) else ask.texts)
        start = time.perf_counter()
        answer = await service.answer(texts, known(ask.model))
        return {
            "answered_by": answer.answered_by,
            "fallback": answer.fallback,
            "milliseconds": round(1000 * (time.perf_counter() - start), 2),
            "answers": [
                {
                    "label": answer.label_names[row.argmax()],
                    "probabilities": dict(
                        zip(answer.label_names, row.round(6).tolist(), strict=True)
                    ),
                }
                for row in answer.probabilities
            ],
        }

    @app.post("/explain", openapi_extra=_takes(AskWhy))
    async def explain(request: Request) -> dict:
        """Give the log-odds that each word of a text adds to a class: how they fall without it."""
        nonlocal asked_why
        ask = await read(request, AskWhy)
        if (words := len(ask.text.split())) > EXPLAINED_WORDS:
            raise HTTPException(422, f"text: {words:,} words, the most is {EXPLAINED_WORDS}.")
        if (length := len(ask.text)) > EXPLAINED_CHARACTERS:
            most = f"the most is {EXPLAINED_CHARACTERS:,}"
            raise HTTPException(422, f"text: {length:,} characters, {most}.")
        runtime = service.runtimes.get(known(ask.model) or service.default)
        if runtime is None:
            raise UnavailableError("the model could not be loaded")
        if ask.label not in (None, *runtime.label_names):
            raise HTTPException(422, f"label: one of {', '.join(runtime.label_names)}.")
        if asked_why >= EXPLAIN_AT_ONCE:
            raise UnavailableError("others wait for explanations")
        asked_why += 1
        try:
            async with explaining:
                label, pairs = await asyncio.to_thread(_why, runtime, ask.text, ask.label)
        finally:
            asked_why -= 1
        return {"model": runtime.name, "label": label, "words": pairs}

    @app.get("/models")
    async def models() -> dict:
        """Give the models that can be asked, with their cards."""
        return {
            "default": service.default,
            "fallback": service.fallback,
            "models": [
                {
                    "name": name,
                    "architecture": runtime.architecture,
                    "labels": list(runtime.label_names),
                    "figures": runtime.figures,
                }
                for name, runtime in service.runtimes.items()
            ],
            "unavailable": list(service.unavailable),
        }

    @app.get("/health")
    async def health() -> dict:
        """Say that the process lives."""
        return {"status": "alive"}

    @app.get("/ready")
    async def ready() -> JSONResponse:
        """Say whether the default model can answer, 503 otherwise."""
        missing = service.unavailable.get(service.default)
        status = {"status": "ready" if missing is None else "not ready"}
        return JSONResponse(status, 200 if missing is None else 503)

    @app.get("/metrics")
    def metrics() -> Response:
        """Give all counts and times in Prometheus's text format."""
        return Response(generate_latest(service.registry), media_type=CONTENT_TYPE_LATEST)

    @app.get("/drift")
    def drift() -> dict:
        """Compare the last texts of each model with those it was validated on."""
        return {name: one.report() for name, one in service.drift.items()}

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def page() -> HTMLResponse:
        return HTMLResponse(PAGE.read_text(encoding="utf-8"), headers=SAFE)

    @app.get("/favicon.ico", include_in_schema=False)
    async def no_icon() -> PlainTextResponse:
        return PlainTextResponse("", 204)

    def known(name: str | None) -> str | None:
        if name in (None, *service.runtimes, *service.unavailable):
            return name
        there = ", ".join(service.runtimes)
        raise HTTPException(404, f"model: there is no such model; there are {there}.")

    return app


def _takes(kind) -> dict:
    """The schema of a body, which is read by hand because of its limits."""
    schema = {"application/json": {"schema": kind.model_json_schema()}}
    return {"requestBody": {"required": True, "content": schema}}


def _why(runtime, text: str, label: str | None) -> tuple[str, list]:
    from lib.evaluation.explain import occlusion  # here: SciPy takes its time to start

    label = label or runtime.predict_labels([text])[0]
    words, effects = occlusion(runtime, text, label=runtime.label_names.index(label))
    return label, [[word, round(float(e), 4)] for word, e in zip(words, effects, strict=True)]
