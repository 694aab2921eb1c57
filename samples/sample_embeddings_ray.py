"""Embed a dataset that is too large for one machine, with Ray Data: `pip install "ray[data]" matplotlib`.

Ray splits the dataset into blocks and keeps a pool of workers, on this machine or across a cluster. Each worker has one
client, which reuses its connections, honors the service's `Retry-After`, and retries; each batch is one request. The
vectors are written to Parquet files, with a plot of the similarities between the topics beside them.

Usage: python sample_embeddings_ray.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Dict, List

import matplotlib
import numpy
import ray
from azure.core.credentials import AzureKeyCredential
from endpoints import find_endpoint

from azure.ai.inference import EmbeddingsClient

matplotlib.use("agg")
from matplotlib import pyplot

WORKERS = 2
TOPICS = {
    "bread": [
        "bake the bread",
        "knead the dough",
        "yeast lets dough rise",
        "flour and water make dough",
        "a loaf of bread",
    ],
    "trains": ["the train leaves", "a ticket for the train", "the station of the train", "rails lead to the station"],
    "weather": ["the rain falls", "clouds bring rain", "the wind moves clouds", "storms are wind and rain"],
    "music": ["play the violin", "a song for violin", "sing the song", "the choir can sing"],
}


class Embedder:
    """A worker with its own client, created where it is used, since clients cannot move between processes."""

    def __init__(self, endpoint: str, key: str) -> None:
        self._client = EmbeddingsClient(endpoint, AzureKeyCredential(key), retry_total=10, timeout=120)

    def __call__(self, batch: Dict[str, Any]) -> Dict[str, Any]:
        result = self._client.embed(input=batch["text"].tolist())
        return {**batch, "embedding": numpy.array([item.embedding for item in result.data], dtype=numpy.float32)}


def main(folder: Path) -> None:
    endpoint, credential = find_endpoint("AZURE_AI_EMBEDDINGS")
    rows = [
        {"topic": topic, "text": f"{phrase} ({number})"}
        for topic, phrases in TOPICS.items()
        for phrase in phrases
        for number in range(1, 51)
    ]
    dataset = ray.data.from_items(rows, override_num_blocks=WORKERS * 4)
    workers = ray.data.ActorPoolStrategy(size=WORKERS)
    embedded = dataset.map_batches(
        Embedder, fn_constructor_args=(endpoint, credential.key), batch_size=64, compute=workers
    ).materialize()
    embedded.write_parquet(str(folder / "embeddings"))
    print(f"{embedded.count()} texts embedded into {folder / 'embeddings'}")
    draw_similarities(embedded.take_all(), folder / "similarities.png")


def draw_similarities(rows: List[Dict[str, Any]], plot: Path) -> None:
    """Plot the mean similarity between the vectors of each topic and those of each other topic."""
    vectors = {topic: numpy.stack([row["embedding"] for row in rows if row["topic"] == topic]) for topic in TOPICS}
    units = {topic: group / numpy.linalg.norm(group, axis=1, keepdims=True) for topic, group in vectors.items()}
    means = numpy.array([[float((one @ other.T).mean()) for other in units.values()] for one in units.values()])
    figure, axes = pyplot.subplots(figsize=(6, 5), layout="constrained")
    shown = axes.imshow(means, cmap="YlGnBu", vmin=0)
    for (row, column), value in numpy.ndenumerate(means):
        axes.text(
            column,
            row,
            f"{value:.2f}",
            ha="center",
            va="center",
            color="white" if value > means.max() * 0.6 else "black",
        )
    axes.set_xticks(range(len(units)), list(units))
    axes.set_yticks(range(len(units)), list(units))
    axes.set_title("Mean cosine similarity between topics")
    figure.colorbar(shown)
    figure.savefig(plot, dpi=120)
    nearest = all(means[place].argmax() == place for place in range(len(units)))
    print(f"Similarities drawn into {plot}; each topic is nearest to itself: {'yes' if nearest else 'no'}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "embedded").resolve())
