"""Embeddings of the local service: hashed words, letter trigrams and bytes, which keep similar inputs close."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import struct
from collections import Counter
from typing import Any, Callable, Dict, List, Mapping, Sequence, Union

from azure.ai.inference._json import is_array, is_object
from azure.ai.inference.testing.toy_model.messages import split_data_url
from azure.ai.inference.testing.toy_model.problems import Problem

_DEFAULT_DIMENSIONS = 256
_MOST_DIMENSIONS = 16384
_WORD = re.compile(r"\w+")
_FREQUENT = frozenset(
    "a an and are as at be by do does for from had has have how i in is it my of on or that the this to was what with "
    "you your".split()
)
_FREQUENT_WEIGHT = 0.2
_TRIPLE_WEIGHT = 0.4
_BYTES_LOOKED_AT = 1 << 16

Features = Dict[bytes, float]
Embedding = Union[str, List[float], List[int]]


def embed_texts(body: Mapping[str, Any], model_name: str) -> Dict[str, Any]:
    """Return the embeddings of `input`, a string or a list of strings. Raise Problem if the service would reject it."""
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not is_array(texts) or not texts or not all(isinstance(text, str) for text in texts):
        raise Problem.unprocessable("input", "input must be a string or a list of at least one string.")
    tokens = sum(len(_WORD.findall(text)) for text in texts)
    return _build_result(body, model_name, [text_features(text) for text in texts], tokens)


def embed_images(body: Mapping[str, Any], model_name: str) -> Dict[str, Any]:
    """Return the embeddings of `input`, a list of objects with `image` (a data URL) and optionally `text`."""
    inputs = body.get("input")
    if not is_array(inputs) or not inputs:
        raise Problem.unprocessable("input", "input must be a list of at least one object.")
    features: List[Features] = []
    tokens = 0
    for entry in inputs:
        if not is_object(entry) or not isinstance(entry.get("image"), str):
            raise Problem.unprocessable("input", "Each input must have an image, as a data URL.")
        text = str(entry.get("text") or "")
        _, data = split_data_url(entry["image"], "input.image")
        features.append({**_normalized(image_features(data)), **_normalized(text_features(text))})
        tokens += len(_WORD.findall(text))
    return _build_result(body, model_name, features, tokens)


def embed_openai(body: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the embeddings of `input` in the form of OpenAI's API, where it can also be tokens or lists of tokens."""
    given = body.get("input")
    inputs: List[Any] = given if is_array(given) and given and not _is_tokens(given) else [given]
    if not all((isinstance(one, str) and one) or _is_tokens(one) for one in inputs):
        message = "input must be a string, a list of strings, a list of tokens, or a list of lists of tokens."
        raise Problem.unprocessable("input", message)
    if (body.get("encoding_format") or "float") not in ("base64", "float"):
        raise Problem.unprocessable("encoding_format", "encoding_format must be one of base64, float.")
    texts: List[str] = [one if isinstance(one, str) else " ".join(map(str, one)) for one in inputs]
    tokens = sum(len(_WORD.findall(text)) for text in texts)
    supported = {name: value for name, value in body.items() if name != "input_type"}
    result = _build_result(supported, str(body.get("model")), [text_features(text) for text in texts], tokens)
    del result["id"]
    return result


def has_tokens(body: Mapping[str, Any]) -> bool:
    """Return whether the input is tokens, or lists of tokens."""
    given = body.get("input")
    return is_array(given) and bool(given) and all(_is_tokens(one) for one in ([given] if _is_tokens(given) else given))


def _is_tokens(value: Any) -> bool:
    return is_array(value) and bool(value) and all(type(token) is int for token in value)


def text_features(text: str) -> Features:
    """Return the words of a text, and their letter trigrams, which "bake" and "baking" share."""
    features: Features = {}
    for word, count in Counter(_WORD.findall(text.lower())).items():
        weight = math.sqrt(count) * (_FREQUENT_WEIGHT if word in _FREQUENT else 1.0)
        features[f"word {word}".encode("utf-8", "replace")] = weight
        padded = f"^{word}$"
        for start in range(len(padded) - 2):
            triple = f"triple {padded[start : start + 3]}".encode("utf-8", "replace")
            features[triple] = features.get(triple, 0.0) + weight * _TRIPLE_WEIGHT
    return features


def image_features(data: bytes) -> Features:
    """Return the byte trigrams near the start of an image and, for the rest, a digest of the whole."""
    looked_at = data[:_BYTES_LOOKED_AT]
    triples = Counter(looked_at[start : start + 3] for start in range(max(len(looked_at) - 2, 1)))
    features: Features = {b"bytes " + triple: math.sqrt(count) for triple, count in triples.items()}
    features[b"digest " + hashlib.sha256(data).digest()] = 1.0
    return features


def make_vector(features: Features, dimensions: int) -> List[float]:
    """Return the features as a unit vector, with numbers that are exact in 32 bits."""
    vector = [0.0] * dimensions
    for feature, weight in features.items():
        digest = int.from_bytes(hashlib.blake2b(feature, digest_size=8).digest(), "big")
        vector[(digest >> 1) % dimensions] += weight if digest & 1 else -weight
    length = math.sqrt(sum(number * number for number in vector))
    if not length:
        vector[0] = length = 1.0
    return list(struct.unpack(f"<{dimensions}f", _pack([number / length for number in vector])))


def _normalized(features: Features) -> Features:
    length = math.sqrt(sum(weight * weight for weight in features.values()))
    return {feature: weight / length for feature, weight in features.items()}


def _pack(vector: Sequence[float]) -> bytes:
    return struct.pack(f"<{len(vector)}f", *vector)


def _as_base64(vector: List[float]) -> str:
    return base64.b64encode(_pack(vector)).decode("ascii")


def _as_int8(vector: List[float]) -> List[int]:
    largest = max(map(abs, vector))
    return [round(number / largest * 127) for number in vector]


def _as_uint8(vector: List[float]) -> List[int]:
    return [number + 128 for number in _as_int8(vector)]


def _as_ubinary(vector: List[float]) -> List[int]:
    bits = "".join("1" if number > 0 else "0" for number in vector)
    return [int(bits[start : start + 8].ljust(8, "0"), 2) for start in range(0, len(bits), 8)]


def _as_binary(vector: List[float]) -> List[int]:
    return [number - 128 for number in _as_ubinary(vector)]


def _as_float(vector: List[float]) -> List[float]:
    return vector


_ENCODERS: Dict[str, Callable[[List[float]], Embedding]] = {
    "base64": _as_base64,
    "binary": _as_binary,
    "float": _as_float,
    "int8": _as_int8,
    "ubinary": _as_ubinary,
    "uint8": _as_uint8,
}
_INPUT_TYPES = ("document", "query", "text")


def _build_result(body: Mapping[str, Any], model_name: str, inputs: List[Features], tokens: int) -> Dict[str, Any]:
    encoding_format = body.get("encoding_format") or "float"
    dimensions = body.get("dimensions") or _DEFAULT_DIMENSIONS
    encode = _ENCODERS.get(str(encoding_format))
    if encode is None:
        raise Problem.unprocessable("encoding_format", f"encoding_format must be one of {', '.join(_ENCODERS)}.")
    if (body.get("input_type") or "text") not in _INPUT_TYPES:
        raise Problem.unprocessable("input_type", f"input_type must be one of {', '.join(_INPUT_TYPES)}.")
    if type(dimensions) is not int or not 0 < dimensions <= _MOST_DIMENSIONS:
        raise Problem.unprocessable("dimensions", f"dimensions must be a whole number from 1 to {_MOST_DIMENSIONS}.")
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode("utf-8")).hexdigest()[:24]
    return {
        "id": f"embd-{digest}",
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": encode(make_vector(features, dimensions))}
            for index, features in enumerate(inputs)
        ],
        "model": body.get("model") or model_name,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
