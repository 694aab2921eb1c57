"""llama.cpp's server with a tiny model, as a program: it prints its address, and serves until it is ended."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any, Mapping

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
_ONE_THREAD = {"n_threads": 1}  # several wait for each other in busy loops, for long on a busy machine


def main() -> None:
    """Write the model to the path in the first argument and serve it; a second, `embeddings`, says for what."""
    path, *purpose = sys.argv[1:]
    write_model(Path(path))
    params = xllamacpp.CommonParams()
    params.model.path = path
    _set(params, {**_SETTINGS, **(_FOR_EMBEDDINGS if purpose == ["embeddings"] else {})})
    _set(params.cpuparams, _ONE_THREAD)
    _set(params.cpuparams_batch, _ONE_THREAD)
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    threading.Event().wait()


def _set(target: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(target, name, value)


if __name__ == "__main__":
    main()
