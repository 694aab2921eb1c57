"""Set defaults on the client once. They hold for every call that does not override them."""

from endpoints import prepare_environment

from azure.ai.inference import EmbeddingsClient
from azure.ai.inference.models import EmbeddingInputType

prepare_environment("AZURE_AI_EMBEDDINGS")

with EmbeddingsClient.from_environment(dimensions=64, input_type=EmbeddingInputType.DOCUMENT) as client:
    documents = client.embed(input=["The ferry leaves at noon.", "The museum is closed on Mondays."])
    query = client.embed(input=["when does the boat go"], input_type=EmbeddingInputType.QUERY)

for name, result in (("document", documents), ("query", query)):
    for item in result.data:
        print(f"{name} {item.index}: {len(item.embedding)} numbers")
