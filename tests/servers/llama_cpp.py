"""llama.cpp's server with a tiny model, as a program: it prints its address, and serves until it is ended."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import xllamacpp

from servers.tiny_gguf import write_model

_SETTINGS = {
    "api_keys": ["llama-key"],
    "hostnames": ["127.0.0.1"],
    "model_alias": {"tiny"},
    "n_ctx": 2048,
    "n_parallel": 2,
    "port": 0,
    "warmup": False,
}
_FOR_EMBEDDINGS = {"embedding": True, "pooling_type": xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN}


def main() -> None:
    """Write the model to the path in the first argument and serve it; a second, `embeddings`, says for what."""
    path, *purpose = sys.argv[1:]
    write_model(Path(path))
    params = xllamacpp.CommonParams()
    params.model.path = path
    for name, value in {**_SETTINGS, **(_FOR_EMBEDDINGS if purpose == ["embeddings"] else {})}.items():
        setattr(params, name, value)
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
