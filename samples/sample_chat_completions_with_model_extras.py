"""Send parameters that only one model supports. Unknown fields of the completion are available by key."""

from azure.core.pipeline import PipelineRequest
from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage


def show(request: PipelineRequest) -> None:
    print(f"Header extra-parameters: {request.http_request.headers['extra-parameters']}")
    print(f"Body: {request.http_request.content}")


prepare_environment("AZURE_AI_CHAT")

with ChatCompletionsClient.from_environment() as client:
    completion = client.complete(
        messages=[UserMessage("How many feet are in a mile?")],
        model_extras={"logit_bias": {"50256": -100}, "safe_mode": True},
        raw_request_hook=show,
    )

print(completion.choices[0].message.content)
print(f"Fields of the completion: {', '.join(completion)}")
