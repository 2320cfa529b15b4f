"""Campaigns over HTTP: post a brief, and follow what happens line by line.

One `Triptych` serves all requests; its models are loaded once. Needs `pip install fastapi uvicorn`.

    python examples/web_service.py [--profile starter] [--out campaigns]
    curl -N http://127.0.0.1:8000/campaigns -d '{"brief": "A red mug."}' -H "Content-Type: application/json"
"""  # noqa: E501

import argparse
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel

from triptych import RunOptions, Triptych
from triptych.errors import TriptychError


class Wish(BaseModel):
    """What a client asks for."""

    brief: str
    options: RunOptions = RunOptions()


def service(triptych: Triptych, folder: Path) -> FastAPI:
    """The application; runs go to `folder`, one subfolder each."""
    app = FastAPI(title="Campaigns")

    @app.post("/campaigns")
    async def make(wish: Wish) -> StreamingResponse:
        try:
            triptych.prepare(wish.brief, wish.options)  # bad wishes are refused before any work
        except TriptychError as error:
            raise HTTPException(400, str(error)) from error
        name = uuid.uuid4().hex[:12]

        async def lines() -> AsyncIterator[str]:
            yield f'{{"kind": "begun", "run": "{name}"}}\n'
            async for event in triptych.astream(wish.brief, folder / name, wish.options):
                yield event.model_dump_json() + "\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    @app.get("/campaigns/{name}")
    async def report(name: str) -> FileResponse:
        page = folder / name / "report.html"
        if not name.isalnum() or not page.is_file():
            raise HTTPException(404, "There is no such campaign, or it is not finished.")
        return FileResponse(page)

    return app


if __name__ == "__main__":
    import uvicorn

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="starter")
    parser.add_argument("--out", type=Path, default=Path("campaigns"))
    given = parser.parse_args()
    uvicorn.run(service(Triptych(given.profile), given.out))
