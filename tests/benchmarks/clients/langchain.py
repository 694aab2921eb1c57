"""LangChain's embeddings, over the OpenAI SDK."""

from __future__ import annotations

from typing import Any

from langchain_openai import OpenAIEmbeddings

from . import common
from .common import Action


class Client(common.BaseClient):
    def embed_all(self, inputs: int) -> Action:
        embeddings = OpenAIEmbeddings(
            model=common.MODEL,
            base_url=f"{self.url}/{common.RUN}",
            api_key=common.KEY,
            chunk_size=common.RUN_BATCH,
            check_embedding_ctx_length=False,
        )
        texts = common.texts(inputs)

        def action() -> Any:
            vectors = embeddings.embed_documents(texts)
            return [len(vectors), len(vectors[-1])]

        return action

    embed_all_alone = embed_all
