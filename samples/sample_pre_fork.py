"""Make a client, then fork workers that use it, as `gunicorn --preload` and Celery do."""

import multiprocessing
import os

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage

prepare_environment("AZURE_AI_CHAT")
client = ChatCompletionsClient.from_environment()


def ask(question: str) -> str:
    return client.complete(messages=[UserMessage(question)]).choices[0].message.content


def work(number: int) -> None:
    """A forked process opens connections of its own, and leaves those of its parent alone."""
    # written at once, so that the lines of workers do not mix
    print(f"Worker {number}: {ask(f'What is {number} times seven?')}\n", end="", flush=True)


if hasattr(os, "fork"):
    print(f"Before: {ask('Which processes may use a client?')}", flush=True)

    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=work, args=(number,)) for number in range(1, 4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    print(f"After: {ask('And the parent, once it has forked?')}")
else:
    print("This system has no fork: its processes start anew, and make clients of their own.")

client.close()
