"""Get embeddings in base64, a quarter of the size of JSON numbers, and decode them."""

import base64
import struct

from endpoints import prepare_environment

from azure.ai.inference import EmbeddingsClient
from azure.ai.inference.models import EmbeddingEncodingFormat

prepare_environment("AZURE_AI_EMBEDDINGS")

with EmbeddingsClient.from_environment() as client:
    result = client.embed(
        input=["first phrase", "second phrase", "third phrase"], encoding_format=EmbeddingEncodingFormat.BASE64
    )

for item in result.data:
    data = base64.b64decode(item.embedding)
    vector = struct.unpack(f"<{len(data) // 4}f", data)  # little-endian 32-bit floats
    print(f"{item.index}: {len(item.embedding)} characters hold {len(vector)} numbers, beginning with {vector[0]:.5f}")
