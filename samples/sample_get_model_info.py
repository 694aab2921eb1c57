"""Get the name and the type of an endpoint's model. Azure OpenAI deployments do not report them."""

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient

prepare_environment("AZURE_AI_CHAT")

with ChatCompletionsClient.from_environment() as client:
    model_info = client.get_model_info()

print(f"Model name: {model_info.model_name}")
print(f"Model provider: {model_info.model_provider_name}")
print(f"Model type: {model_info['model_type']}")
