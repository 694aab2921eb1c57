"""Embed many texts in batches, and go on where a run ended early.

Needs NumPy: `pip install numpy`.
"""

from pathlib import Path

from endpoints import prepare_environment

from azure.ai.inference import EmbeddingsClient

prepare_environment("AZURE_AI_EMBEDDINGS")
texts = [f"{number} bottles of {drink}" for drink in ("milk", "juice", "water") for number in range(1, 401)]
checkpoint = Path("embeddings.checkpoint")

with EmbeddingsClient.from_environment() as client:
    # All at once: an array with a row for each text. A text that fails has a row of NaN, and its error.
    result = client.embed_many(texts, on_error="keep", checkpoint=checkpoint).collect()
    print(f"{result.vectors.shape[0]} texts, {result.vectors.shape[1]} numbers each, {len(result.errors)} failed")

    # Batch by batch, in little memory: the texts may come from a file of any size. The checkpoint has them all.
    run = client.embed_many(iter(texts), checkpoint=checkpoint)
    norms = [float((batch.vectors**2).sum(axis=1).mean()) for batch in run]
    print(f"{len(norms)} batches, {run.usage['total_tokens']} tokens")

checkpoint.unlink()
