"""A web page that shows a completion while the model writes it, with Flask.

    pip install flask
    python samples/sample_web_flask.py              (then open http://127.0.0.1:8000; PORT selects another port)

All threads share one client. A reader who stops or leaves the page ends the call to the model, too.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Tuple, Union

from azure.core.exceptions import AzureError
from endpoints import prepare_environment
from flask import Flask, Response, request, send_file

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage

PAGE = Path(__file__).parent / "data" / "chat.html"

prepare_environment("AZURE_AI_CHAT")
client = ChatCompletionsClient.from_environment(timeout=60)
app = Flask(__name__)


@app.get("/")
def page() -> Response:
    return send_file(PAGE)


@app.post("/chat")
def chat() -> Union[Response, Tuple[str, int]]:
    question = request.get_data(as_text=True)
    try:
        stream = client.complete(messages=[UserMessage(question)], stream=True)
    except AzureError as error:
        return str(error), 502
    response = Response(stream.text_deltas(), mimetype="text/plain")
    response.call_on_close(stream.close)  # also when the reader has gone
    return response


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8000")), threaded=True)
