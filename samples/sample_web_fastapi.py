"""A web page that shows a completion while the model writes it, with FastAPI.

    pip install fastapi uvicorn aiohttp
    python samples/sample_web_fastapi.py            (then open http://127.0.0.1:8000; PORT selects another port)

All requests share one client. A reader who stops or leaves the page ends the call to the model, too.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import AsyncIterator

import uvicorn
from azure.core.exceptions import AzureError
from endpoints import prepare_environment
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response, StreamingResponse

from azure.ai.inference.aio import ChatCompletionsClient
from azure.ai.inference.models import AsyncStreamingChatCompletions, UserMessage

PAGE = Path(__file__).parent / "data" / "chat.html"


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with ChatCompletionsClient.from_environment(timeout=60) as app.state.client:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def page() -> FileResponse:
    return FileResponse(PAGE)


@app.post("/chat")
async def chat(request: Request) -> Response:
    question = (await request.body()).decode("utf-8")
    try:
        stream = await request.app.state.client.complete(messages=[UserMessage(question)], stream=True)
    except AzureError as error:
        return PlainTextResponse(str(error), status_code=502)
    return StreamingResponse(texts_of(stream), media_type="text/plain; charset=utf-8")


async def texts_of(stream: AsyncStreamingChatCompletions) -> AsyncIterator[str]:
    """Yield texts as they arrive. An error in the middle is raised, which makes the page's request fail too."""
    async with stream:  # left early if the reader has gone
        async for text in stream.text_deltas():
            yield text


if __name__ == "__main__":
    prepare_environment("AZURE_AI_CHAT")
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "8000")))
