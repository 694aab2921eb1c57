"""Get the embeddings of images."""

from pathlib import Path

from endpoints import prepare_environment

from azure.ai.inference import ImageEmbeddingsClient
from azure.ai.inference.models import ImageEmbeddingInput

DATA = Path(__file__).parent / "data"

prepare_environment("AZURE_AI_IMAGE_EMBEDDINGS")

with ImageEmbeddingsClient.from_environment() as client:
    result = client.embed(
        input=[
            ImageEmbeddingInput.load(image_file=str(DATA / "boat.png"), image_format="png"),
            ImageEmbeddingInput.load(image_file=str(DATA / "tree.png"), image_format="png", text="an oak"),
        ]
    )

for item in result.data:
    print(f"{item.index}: {len(item.embedding)} numbers, beginning with {item.embedding[0]:.5f}")
