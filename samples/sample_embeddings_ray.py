"""Embed a dataset that is too large for one machine, with Ray Data.

Ray splits the dataset into blocks and keeps a pool of workers, on this machine or across a cluster. Each worker makes
its own client from its environment, since a client cannot move between processes and a key does not belong into a task.

Needs Ray and NumPy: `pip install "ray[data]" numpy`.
"""

from __future__ import annotations

import os
from typing import Any, Dict

import numpy
import ray
from azure.core.credentials import AzureKeyCredential
from endpoints import find_endpoint

from azure.ai.inference import EmbeddingsClient

WORKERS = 2


def make_client() -> EmbeddingsClient:
    """Make a client for the endpoint in the environment of a worker."""
    key = AzureKeyCredential(os.environ["AZURE_AI_EMBEDDINGS_KEY"])
    return EmbeddingsClient(os.environ["AZURE_AI_EMBEDDINGS_ENDPOINT"], key)


class Embedder:
    """A worker, which keeps its client and connections for all of its blocks."""

    def __init__(self) -> None:
        self._client = make_client()

    def __call__(self, block: Dict[str, Any]) -> Dict[str, Any]:
        run = self._client.embed_many(block["text"].tolist(), max_concurrency=8)  # of each worker
        return {**block, "vector": run.collect().vectors}


def main() -> None:
    endpoint, credential = find_endpoint("AZURE_AI_EMBEDDINGS")
    # The workers of this machine inherit these. On a cluster, set them on every machine.
    os.environ["AZURE_AI_EMBEDDINGS_ENDPOINT"], os.environ["AZURE_AI_EMBEDDINGS_KEY"] = endpoint, credential.key
    rows = [{"text": f"{number} bottles of {drink}"} for drink in ("milk", "juice") for number in range(1000)]
    dataset = ray.data.from_items(rows, override_num_blocks=4 * WORKERS)
    embedded = dataset.map_batches(Embedder, batch_size=500, compute=ray.data.ActorPoolStrategy(size=WORKERS))
    vectors = numpy.stack([row["vector"] for row in embedded.iter_rows()])
    print(f"{len(vectors)} texts, {vectors.shape[1]} numbers each")


if __name__ == "__main__":
    main()
