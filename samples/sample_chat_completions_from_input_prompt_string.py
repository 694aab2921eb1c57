"""Create messages from a template string, with a chat history and a question as values, and get a chat completion.

With AZURE_AI_CHAT_ENDPOINT and AZURE_AI_CHAT_KEY set this uses your model, otherwise a local service.
"""

from __future__ import annotations

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.prompts import PromptTemplate

TEMPLATE = """
    system:
    You are the concierge of the {{{hotel.name}}}. Answer briefly.
    What guests should know:
    {{#rules}}
    - {{{topic}}}: {{{text}}}
    {{/rules}}

    {{#history}}
    {{role}}:
    {{{content}}}

    {{/history}}
    user:
    {{{question}}}
    """


def main() -> None:
    template = PromptTemplate.from_string(TEMPLATE)
    messages = template.create_messages(
        hotel={"name": "Lakeside Inn"},
        rules=[
            {"topic": "Check-in", "text": "from 3 pm, earlier on request"},
            {"topic": "Breakfast", "text": "7 to 10 am in the winter garden"},
        ],
        history=[
            {"role": "user", "content": "Do you have a pool?"},
            {"role": "assistant", "content": "We have a lake instead."},
        ],
        question="At what time can I check in?",
    )
    for message in messages:
        print(f"{message['role']:>9}  " + message["content"].replace("\n", "\n" + " " * 11))

    prepare_environment("AZURE_AI_CHAT")
    with ChatCompletionsClient.from_environment() as client:
        completion = client.complete(messages=messages)
    print(f"{'assistant':>9}  {completion.choices[0].message.content}")


if __name__ == "__main__":
    main()
