"""Create the client that fits an endpoint's model. Azure OpenAI deployments do not report theirs."""

from endpoints import find_endpoint

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient, load_client
from azure.ai.inference.models import UserMessage

endpoint, credential = find_endpoint("AZURE_AI_CHAT")

with load_client(endpoint, credential) as client:
    print(f"{type(client).__name__} for {client.get_model_info().model_name}")
    if isinstance(client, ChatCompletionsClient):
        print(client.complete(messages=[UserMessage("Say hello.")]).choices[0].message.content)
    elif isinstance(client, EmbeddingsClient):
        print(f"{len(client.embed(input=['hello']).data[0].embedding)} numbers")
