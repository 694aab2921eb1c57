"""Embed a column of a Dask data frame.

Dask works on one partition after the other, in processes of this machine or across a cluster. Each partition makes its
own client from its environment, since a client cannot move between processes and a key does not belong into a task.

Needs Dask and NumPy: `pip install "dask[dataframe]" numpy`.
"""

from __future__ import annotations

import os

import dask.dataframe
import pandas
from azure.core.credentials import AzureKeyCredential
from endpoints import find_endpoint

from azure.ai.inference import EmbeddingsClient


def make_client() -> EmbeddingsClient:
    """Make a client for the endpoint in the environment of a worker."""
    key = AzureKeyCredential(os.environ["AZURE_AI_EMBEDDINGS_KEY"])
    return EmbeddingsClient(os.environ["AZURE_AI_EMBEDDINGS_ENDPOINT"], key)


def embed(partition: pandas.DataFrame) -> pandas.DataFrame:
    """Embed the texts of a partition."""
    with make_client() as client:
        vectors = client.embed_many(partition["text"], max_concurrency=8).collect().vectors
    return partition.assign(vector=list(vectors))


def main() -> None:
    endpoint, credential = find_endpoint("AZURE_AI_EMBEDDINGS")
    # The processes of this machine inherit these. On a cluster, set them on every machine.
    os.environ["AZURE_AI_EMBEDDINGS_ENDPOINT"], os.environ["AZURE_AI_EMBEDDINGS_KEY"] = endpoint, credential.key
    texts = [f"{number} bottles of {drink}" for drink in ("milk", "juice") for number in range(1000)]
    frame = dask.dataframe.from_pandas(pandas.DataFrame({"text": texts}), npartitions=4)
    embedded = frame.map_partitions(embed, meta={"text": "string", "vector": "object"})
    result = embedded.compute(scheduler="processes", num_workers=2)
    print(f"{len(result)} texts, {len(result['vector'].iloc[0])} numbers each")


if __name__ == "__main__":
    main()
