"""Create messages from a Prompty file, which holds the template, sample values, the model's name and settings.

Needs PyYAML: `pip install PyYAML`. With AZURE_AI_CHAT_ENDPOINT and AZURE_AI_CHAT_KEY set
(and AZURE_AI_CHAT_MODEL, which the file refers to) it uses your model, otherwise a local service.
"""

from __future__ import annotations

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.prompts import PromptTemplate


def main() -> None:
    template = PromptTemplate.from_prompty("sample1.prompty")
    messages = template.create_messages(city="Kyoto", interests=["gardens", "noodles"])
    for message in messages:
        print(f"{message['role']:>9}  " + message["content"].replace("\n", "\n" + " " * 11))

    prepare_environment("AZURE_AI_CHAT")
    with ChatCompletionsClient.from_environment() as client:
        completion = client.complete(messages=messages, model=template.model_name, **template.parameters)
    print(f"{'assistant':>9}  {completion.choices[0].message.content}")


if __name__ == "__main__":
    main()
