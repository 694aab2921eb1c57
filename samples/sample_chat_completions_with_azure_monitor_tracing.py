"""Send the spans of a program to Azure Monitor (Application Insights): pip install azure-monitor-opentelemetry"""

import os
import sys

from azure.monitor.opentelemetry import configure_azure_monitor
from endpoints import prepare_environment
from opentelemetry import trace

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage

if os.environ.get("APPLICATIONINSIGHTS_CONNECTION_STRING"):
    # This instruments the library, too. To record the content of messages, which can be personal data, set the
    # variable AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED to true first.
    configure_azure_monitor()
else:
    print("[Nothing is sent: APPLICATIONINSIGHTS_CONNECTION_STRING is not set.]", file=sys.stderr)

prepare_environment("AZURE_AI_CHAT")

with trace.get_tracer(__name__).start_as_current_span("scenario"):
    with ChatCompletionsClient.from_environment() as client:
        completion = client.complete(messages=[UserMessage("How many feet are in a mile?")])
        print(completion.choices[0].message.content)
