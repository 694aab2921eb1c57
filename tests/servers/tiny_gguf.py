"""Write a tiny model for llama.cpp: random weights, and an alphabet of bytes as its vocabulary."""

from __future__ import annotations

import sys
from pathlib import Path

import gguf
import numpy as np

_LAYERS, _WIDTH, _HEADS, _HIDDEN, _CONTEXT = 2, 64, 4, 128, 2048
_SPECIAL = ["<unk>", "<s>", "</s>"]
_TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def write_model(path: Path) -> None:
    """Write the model. The same file comes out each time."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(_CONTEXT)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(_LAYERS)
    writer.add_feed_forward_length(_HIDDEN)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    size = _add_vocabulary(writer)
    _add_weights(writer, size)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_vocabulary(writer: gguf.GGUFWriter) -> int:
    """Add a token for each byte and each printable character, and return how many tokens there are."""
    data = [f"<0x{byte:02X}>" for byte in range(256)]
    characters = ["▁", *map(chr, range(0x21, 0x7F))]
    kinds = gguf.TokenType
    types = [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL, *[kinds.BYTE] * len(data), *[kinds.NORMAL] * len(characters)]
    tokens = [*_SPECIAL, *data, *characters]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(types)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(_TEMPLATE)
    writer.add_vocab_size(len(tokens))
    return len(tokens)


def _add_weights(writer: gguf.GGUFWriter, vocabulary: int) -> None:
    random = np.random.default_rng(13)

    def matrix(name: str, *shape: int) -> None:
        writer.add_tensor(f"{name}.weight", random.normal(0, 0.2, shape).astype(np.float32))

    def ones(name: str) -> None:
        writer.add_tensor(f"{name}.weight", np.ones(_WIDTH, np.float32))

    matrix("token_embd", vocabulary, _WIDTH)
    for layer in range(_LAYERS):
        for norm in ("attn_norm", "ffn_norm"):
            ones(f"blk.{layer}.{norm}")
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            matrix(f"blk.{layer}.{part}", _WIDTH, _WIDTH)
        for part in ("ffn_gate", "ffn_up"):
            matrix(f"blk.{layer}.{part}", _HIDDEN, _WIDTH)
        matrix(f"blk.{layer}.ffn_down", _WIDTH, _HIDDEN)
    ones("output_norm")
    matrix("output", vocabulary, _WIDTH)


if __name__ == "__main__":
    write_model(Path(sys.argv[1]))
