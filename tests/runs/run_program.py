"""A program with a run, which tests kill: `python run_program.py URL WORLD CASE CHECKPOINT OUT`."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any, Dict

from azure.core.credentials import AzureKeyCredential

import azure.ai.inference
import azure.ai.inference.aio

TEXTS = [f"text {number}" for number in range(400)]
OPTIONS: Dict[str, Any] = {"batch_size": 2, "max_concurrency": 4}


def embed(url: str, checkpoint: str, out: str) -> None:
    """Embed all texts into a file."""
    import numpy as np

    with azure.ai.inference.EmbeddingsClient(url, AzureKeyCredential("local-key")) as client:
        result = client.embed_many(TEXTS, checkpoint=checkpoint, **OPTIONS).collect()
    np.save(out, result.vectors)
    print(result.usage["total_tokens"])


async def embed_in_loop(url: str, checkpoint: str, out: str) -> None:
    import numpy as np

    async with azure.ai.inference.aio.EmbeddingsClient(url, AzureKeyCredential("local-key")) as client:
        result = await client.embed_many(TEXTS, checkpoint=checkpoint, **OPTIONS).collect()
    np.save(out, result.vectors)
    print(result.usage["total_tokens"])


def fork(url: str, checkpoint: str, _: str) -> None:
    """Fork in the middle of a run. The child reports what it can do, and the parent goes on."""
    with azure.ai.inference.EmbeddingsClient(url, AzureKeyCredential("local-key")) as client:
        run = client.embed_many(TEXTS, checkpoint=checkpoint, **OPTIONS)
        next(run)
        child = os.fork()
        if not child:
            try:
                next(run)
            except RuntimeError as error:
                print(error, flush=True)
            try:
                client.embed_many(TEXTS, checkpoint=checkpoint)
            except BlockingIOError as error:
                print(error.strerror, flush=True)
            print(len(client.embed_many(TEXTS[:3]).collect()), flush=True)
            del run
            os._exit(0)
        os.waitpid(child, 0)
        try:
            client.embed_many(TEXTS, checkpoint=checkpoint)
        except BlockingIOError as error:
            print(error.strerror, flush=True)
        print(1 + sum(1 for _ in run), flush=True)


if __name__ == "__main__":
    endpoint, world, case, *files = sys.argv[1:]
    if case == "fork":
        fork(endpoint, *files)
    elif world == "async":
        asyncio.run(embed_in_loop(endpoint, *files))
    else:
        embed(endpoint, *files)
