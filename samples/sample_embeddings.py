"""Get the embeddings of phrases."""

from endpoints import find_endpoint

from azure.ai.inference import EmbeddingsClient

endpoint, credential = find_endpoint("AZURE_AI_EMBEDDINGS")

with EmbeddingsClient(endpoint, credential) as client:
    result = client.embed(input=["a red apple", "a green apple", "the speed of light"])

for item in result.data:
    vector = item.embedding
    print(f"{item.index}: {len(vector)} numbers, [{vector[0]:.5f}, {vector[1]:.5f}, ..., {vector[-1]:.5f}]")
print(f"{result.usage.total_tokens} tokens")
