"""Get the embeddings of phrases from a model deployed in Azure OpenAI.

The endpoint has the form https://<resource>.openai.azure.com/openai/deployments/<deployment>.
"""

from endpoints import find_endpoint

from azure.ai.inference import EmbeddingsClient

endpoint, credential = find_endpoint("AZURE_OPENAI_EMBEDDINGS")

with EmbeddingsClient(endpoint, credential, api_version="2024-06-01") as client:
    result = client.embed(input=["first phrase", "second phrase", "third phrase"])

for item in result.data:
    print(f"{item.index}: {len(item.embedding)} numbers, beginning with {item.embedding[0]:.5f}")
