"""What a request may hold, and how it is read: never more than that, never for ever."""

import asyncio

from fastapi import HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import ClientDisconnect

BODY = 1_000_000  # bytes
TEXTS = 256
WORDS = 20_000  # of a text
CHARACTERS = 200_000  # of a text
EXPLAINED_WORDS, EXPLAINED_CHARACTERS = 500, 5_000  # each word is another text for the network
PATIENCE = 10.0  # seconds for a body to arrive


class Ask(BaseModel):
    """What `/predict` reads."""

    model_config = ConfigDict(extra="forbid", strict=True)
    texts: str | list[str] = Field(description=f"One text, or at most {TEXTS}.")
    model: str | None = Field(None, description="As in `/models`; the default one otherwise.")


class AskWhy(BaseModel):
    """What `/explain` reads."""

    model_config = ConfigDict(extra="forbid", strict=True)
    text: str = Field(description=f"At most {EXPLAINED_WORDS} words.")
    model: str | None = Field(None, description="As in `/models`; the default one otherwise.")
    label: str | None = Field(None, description="The class asked about; the answer otherwise.")


async def read(request: Request, kind: type[BaseModel]) -> BaseModel:
    """Read a request's body as JSON of that kind.

    Raises:
        HTTPException: 408 it does not arrive, 413 it is too large, 415 it is said to be something
            else than JSON, 422 it is not what is expected; the detail is one line.
    """
    kind_of_body = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind_of_body != "application/json":
        raise HTTPException(415, "Send JSON, with the header Content-Type: application/json.")
    try:
        body = await asyncio.wait_for(_body(request), PATIENCE)
    except TimeoutError as error:
        raise HTTPException(408, f"The body did not arrive within {PATIENCE:g} s.") from error
    except ClientDisconnect as error:
        raise HTTPException(400, "The client has gone.") from error  # to nobody, but no fault
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = first["loc"][0] if first["loc"] else "body"
        where = where if where in (*kind.model_fields, "body") else f"{where!r:.40}"
        raise HTTPException(422, f"{where}: {first['msg']}.") from error


async def _body(request: Request) -> bytes:
    too_large = HTTPException(413, f"The body may have at most {BODY:,} bytes.")
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > BODY:
        raise too_large
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > BODY:
            raise too_large
        parts.append(part)
    return b"".join(parts)


def check_texts(texts: list[str]) -> list[str]:
    """Return the texts if there are neither none nor too many, and none is too long.

    Raises:
        HTTPException: 422, with one line.
    """
    if not texts:
        raise HTTPException(422, "texts: give at least one.")
    if len(texts) > TEXTS:
        raise HTTPException(422, f"texts: {len(texts):,} are too many, the most is {TEXTS}.")
    for i, text in enumerate(texts):
        if (words := len(text.split())) > WORDS:
            message = f"texts.{i}: {words:,} words are too many, the most is {WORDS:,}."
            raise HTTPException(422, message)
        if len(text) > CHARACTERS:
            message = f"texts.{i}: {len(text):,} characters, the most is {CHARACTERS:,}."
            raise HTTPException(422, message)
    return texts
