"""Get the name and the type of an endpoint's model. Azure OpenAI deployments do not report them."""

from endpoints import find_endpoint

from azure.ai.inference import ChatCompletionsClient

endpoint, credential = find_endpoint("AZURE_AI_CHAT")

with ChatCompletionsClient(endpoint, credential) as client:
    model_info = client.get_model_info()

print(f"Model name: {model_info.model_name}")
print(f"Model provider: {model_info.model_provider_name}")
print(f"Model type: {model_info['model_type']}")
