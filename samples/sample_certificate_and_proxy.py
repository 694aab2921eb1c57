"""Reach a service through a company's proxy, whose certificates are signed by the company.

Set AZURE_AI_CHAT_ENDPOINT and AZURE_AI_CHAT_KEY, COMPANY_PROXY to the proxy's URL, and COMPANY_CA to the path of the
certificate authority's certificate. Without the endpoint, this shows a proxy on this machine, and needs trustme for it:
`pip install trustme`.

Without these keywords, the client reads HTTPS_PROXY, NO_PROXY, and REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ServiceRequestError

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage


def ask(endpoint: str, key: str, proxy: str, authority: str) -> None:
    credential = AzureKeyCredential(key)
    messages = [UserMessage("How many feet are in a mile?")]

    with ChatCompletionsClient(endpoint, credential, proxies={"https": proxy}) as client:
        try:
            client.complete(messages=messages)
        except ServiceRequestError as error:  # the proxy's certificate is signed by nobody that Python knows
            print(error)

    with ChatCompletionsClient(endpoint, credential, proxies={"https": proxy}, connection_verify=authority) as client:
        print(client.complete(messages=messages).text)


if "AZURE_AI_CHAT_ENDPOINT" in os.environ:
    ask(
        os.environ["AZURE_AI_CHAT_ENDPOINT"],
        os.environ["AZURE_AI_CHAT_KEY"],
        os.environ["COMPANY_PROXY"],
        os.environ["COMPANY_CA"],
    )
else:
    from company_network import company_network
    from endpoints import local_service

    with tempfile.TemporaryDirectory() as folder, company_network(Path(folder)) as (proxy, authority):
        ask("https://my-resource.services.ai.azure.com/models", local_service().key, proxy, authority)
