"""Answer questions from a document: find the passages that are near to a question, and give them to the model.

Needs NumPy: `pip install numpy`.
"""

from pathlib import Path
from typing import List, Tuple

import numpy
from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.ai.inference.models import SystemMessage, UserMessage

DOCUMENT = Path(__file__).parent / "data" / "handbook.md"
INSTRUCTIONS = "Answer from these passages only, and name the one that you used. If none has the answer, say so."


class Index:
    """The passages of a document, with vectors of length one in the rows of an array."""

    def __init__(self, client: EmbeddingsClient, passages: List[str]) -> None:
        self._client = client
        self._passages = passages
        self._vectors = self._embed(passages)  # in batches, and several at once: a document may be large

    def _embed(self, texts: List[str]) -> numpy.ndarray:
        vectors = self._client.embed_many(texts).collect().vectors
        return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)

    def search(self, question: str, count: int) -> List[Tuple[float, str]]:
        """Return the nearest passages with their cosine similarities, the nearest first."""
        similarities = self._vectors @ self._embed([question])[0]
        return [(similarities[row], self._passages[row]) for row in numpy.argsort(-similarities)[:count]]


prepare_environment("AZURE_AI_CHAT")
prepare_environment("AZURE_AI_EMBEDDINGS")

with ChatCompletionsClient.from_environment() as chat, EmbeddingsClient.from_environment() as embeddings:
    index = Index(embeddings, DOCUMENT.read_text("utf-8").strip().split("\n\n"))
    for question in ("What does a bicycle cost on the ferry?", "Where do I find lost luggage?"):
        print(f"\n{question}")
        found = index.search(question, count=3)
        for similarity, passage in found:
            print(f"  {similarity:.2f}  {passage}")
        passages = "\n".join(f"[{number}] {passage}" for number, (_, passage) in enumerate(found, start=1))
        completion = chat.complete(
            messages=[SystemMessage(f"{INSTRUCTIONS}\n\n{passages}"), UserMessage(question)], temperature=0
        )
        print(completion.text)
