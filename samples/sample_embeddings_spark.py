"""Embed a column of a Spark data frame.

Spark cuts the column into partitions, and each partition into batches of rows. Each partition makes its own client from
its environment, since a client cannot move between processes and a key does not belong into a task.

Needs Spark, pandas and NumPy: `pip install pyspark pandas pyarrow numpy`.
"""

from __future__ import annotations

import os
import sys
from typing import Iterator

import pandas
from azure.core.credentials import AzureKeyCredential
from endpoints import find_endpoint
from pyspark.sql import SparkSession
from pyspark.sql.functions import pandas_udf, size

from azure.ai.inference import EmbeddingsClient


def make_client() -> EmbeddingsClient:
    """Make a client for the endpoint in the environment of a worker."""
    key = AzureKeyCredential(os.environ["AZURE_AI_EMBEDDINGS_KEY"])
    return EmbeddingsClient(os.environ["AZURE_AI_EMBEDDINGS_ENDPOINT"], key)


def embed(batches: Iterator[pandas.Series]) -> Iterator[pandas.Series]:
    """Embed the texts of a partition."""
    with make_client() as client:
        for texts in batches:
            yield pandas.Series(list(client.embed_many(texts, max_concurrency=8).collect().vectors))


def main() -> None:
    endpoint, credential = find_endpoint("AZURE_AI_EMBEDDINGS")
    # The workers of this machine inherit these. On a cluster, set them with `spark.executorEnv`.
    os.environ["AZURE_AI_EMBEDDINGS_ENDPOINT"], os.environ["AZURE_AI_EMBEDDINGS_KEY"] = endpoint, credential.key
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # what the workers run
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    texts = [(f"{number} bottles of {drink}",) for drink in ("milk", "juice") for number in range(1000)]
    frame = spark.createDataFrame(texts, ["text"]).repartition(2)
    vectors = frame.withColumn("vector", pandas_udf(embed, "array<float>")("text"))  # type: ignore[call-overload]
    counts = vectors.groupBy(size("vector").alias("numbers")).count().collect()
    print("; ".join(f"{row['count']} texts, {row['numbers']} numbers each" for row in counts))
    spark.stop()


if __name__ == "__main__":
    main()
