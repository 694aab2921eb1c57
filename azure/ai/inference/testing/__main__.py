"""`python -m azure.ai.inference.testing`: run the local service for other programs, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import threading

from azure.ai.inference.testing import LocalService

_WELCOME = """\
The local service is listening at {endpoint}
It implements the REST APIs of the services with fixed rules: OpenAI's below /openai/v1. It is not a model.

To use it from a program, set these variables in its shell:

    export AZURE_AI_CHAT_ENDPOINT={endpoint}
    export AZURE_AI_CHAT_KEY={key}

Press Ctrl-C to stop it."""


def main() -> None:
    """Serve until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m azure.ai.inference.testing", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--key", default="local-key", help="key that requests must carry (default: %(default)s)")
    parser.add_argument("--pace", type=float, default=0.0, help="seconds between the events of a stream (default: 0)")
    options = parser.parse_args()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    try:
        with LocalService(host=options.host, port=options.port, key=options.key, pace=options.pace) as service:
            print(_WELCOME.format(endpoint=service.endpoint, key=service.key), flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        print("The local service has stopped.", flush=True)


if __name__ == "__main__":
    main()
