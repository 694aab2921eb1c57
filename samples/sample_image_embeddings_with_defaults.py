"""Set defaults on the client once. They hold for every call that does not override them."""

from pathlib import Path

from endpoints import prepare_environment

from azure.ai.inference import ImageEmbeddingsClient
from azure.ai.inference.models import ImageEmbeddingInput

IMAGE_FILE = Path(__file__).parent / "data" / "tree.png"

prepare_environment("AZURE_AI_IMAGE_EMBEDDINGS")

with ImageEmbeddingsClient.from_environment(dimensions=128) as client:
    image = ImageEmbeddingInput.load(image_file=str(IMAGE_FILE), image_format="png")
    for dimensions in (None, 32):
        (item,) = client.embed(input=[image], dimensions=dimensions).data
        print(f"dimensions={dimensions}: {len(item.embedding)} numbers")
