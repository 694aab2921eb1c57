"""A program's first completion through azure-core's bare pipeline. The argument is the server's URL."""

import json
import sys

from azure.core import PipelineClient
from azure.core.credentials import AzureKeyCredential
from azure.core.pipeline import policies
from azure.core.rest import HttpRequest, HttpResponse

url = sys.argv[1] + "/small"
steps = [
    policies.RequestIdPolicy(),
    policies.HeadersPolicy({"api-key": "benchmark-key"}),
    policies.UserAgentPolicy(sdk_moniker="ai-inference/1.0.0b9"),
    policies.ProxyPolicy(),
    policies.ContentDecodePolicy(),
    policies.RedirectPolicy(),
    policies.RetryPolicy(),
    policies.AzureKeyCredentialPolicy(AzureKeyCredential("benchmark-key"), "Authorization", prefix="Bearer"),
    policies.CustomHookPolicy(),
    policies.NetworkTraceLoggingPolicy(),
    policies.DistributedTracingPolicy(),
    policies.SensitiveHeaderCleanupPolicy(),
    policies.HttpLoggingPolicy(),
]
body = {"messages": [{"role": "user", "content": "How many feet are in a mile?"}]}
client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(url, policies=steps)
with client:
    response = client.send_request(HttpRequest("POST", f"{url}/chat/completions", json=body))
    response.raise_for_status()
    print(json.loads(response.content)["choices"][0]["message"]["content"])
