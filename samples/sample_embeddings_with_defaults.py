"""Set defaults on the client once. They hold for every call that does not override them."""

from endpoints import find_endpoint

from azure.ai.inference import EmbeddingsClient
from azure.ai.inference.models import EmbeddingInputType

endpoint, credential = find_endpoint("AZURE_AI_EMBEDDINGS")

with EmbeddingsClient(endpoint, credential, dimensions=64, input_type=EmbeddingInputType.DOCUMENT) as client:
    documents = client.embed(input=["The ferry leaves at noon.", "The museum is closed on Mondays."])
    query = client.embed(input=["when does the boat go"], input_type=EmbeddingInputType.QUERY)

for name, result in (("document", documents), ("query", query)):
    for item in result.data:
        print(f"{name} {item.index}: {len(item.embedding)} numbers")
