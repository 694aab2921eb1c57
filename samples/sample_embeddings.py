"""Get the embeddings of phrases."""

from endpoints import prepare_environment

from azure.ai.inference import EmbeddingsClient

prepare_environment("AZURE_AI_EMBEDDINGS")

with EmbeddingsClient.from_environment() as client:
    result = client.embed(input=["a red apple", "a green apple", "the speed of light"])

for item in result.data:
    vector = item.embedding
    print(f"{item.index}: {len(vector)} numbers, [{vector[0]:.5f}, {vector[1]:.5f}, ..., {vector[-1]:.5f}]")
print(f"{result.usage.total_tokens} tokens")
