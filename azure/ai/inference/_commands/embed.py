"""`embed`: the vectors of the texts of a file."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any, Dict, List

from azure.ai.inference import EmbeddingsClient
from azure.ai.inference._commands.inputs import STDIN, check_ending, is_object, json_of, open_inputs
from azure.ai.inference._commands.outputs import FORMATS, Vectors, format_for
from azure.ai.inference._commands.service import EMBEDDINGS, add_service, open_client
from azure.ai.inference._commands.work import Failures, Work, add_work, carry_out, positive
from azure.ai.inference.models import EmbeddingEncodingFormat
from azure.ai.inference.runs import EmbeddingsBatch

_DESCRIPTION = """\
Embed the texts of a file. Row N of the output is the vector of line N, counted
from 0; where an input failed, it is NaN (.npy, 0 in integer formats) or null.

The output is written to OUT.partial and gets its name at the end. The
responses are kept in OUT.checkpoint until nothing has failed: after a crash or
Ctrl-C, the same command continues from there and pays for nothing twice. The
errors of failed inputs are in OUT.failed.jsonl, by index.

The last line says how many inputs, dimensions and tokens there were, how many
inputs failed, the seconds, and the file."""

_EPILOG = """\
examples:
  %(prog)s texts.txt --out vectors.npy
  %(prog)s rows.jsonl --field title --out vectors.parquet --dimensions 256
  zcat texts.gz | %(prog)s - --out vectors.jsonl"""


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "embed",
        help="embed the texts of a file",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # --key would be --key-env
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "file", metavar="FILE", help=".txt: a text a line; .jsonl: a string or an object a line; -: stdin, as .txt"
    )
    parser.add_argument("--out", required=True, metavar="OUT", help=f"file to write: {', '.join(FORMATS)}")
    parser.add_argument(
        "--field", metavar="NAME", help="key of the text in objects (default: text); stdin is .jsonl with it"
    )
    parser.add_argument(
        "--dimensions", type=positive, metavar="N", help="numbers of a vector, for models with a choice"
    )
    parser.add_argument(
        "--encoding-format",
        choices=[each.value for each in EmbeddingEncodingFormat],
        help="type of the numbers (default: float, sent as base64)",
    )
    parser.add_argument(
        "--batch-size", type=positive, default=96, metavar="N", help="most texts of a request (default: %(default)s)"
    )
    add_work(parser)
    add_service(parser, EMBEDDINGS)


def run(arguments: argparse.Namespace) -> int:
    """Embed the texts, and return the exit status."""
    kind = format_for(check_ending(arguments.out, *FORMATS, argument="--out"))
    if arguments.file == STDIN:
        is_json = arguments.field is not None
    else:
        is_json = check_ending(arguments.file, ".txt", ".jsonl", argument="FILE") == ".jsonl"
    settings: Dict[str, Any] = {
        "dimensions": arguments.dimensions,
        "encoding_format": arguments.encoding_format,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    with open_client(EmbeddingsClient, arguments, EMBEDDINGS) as client:
        read = partial(text_of, field=arguments.field or "text") if is_json else str
        start = partial(
            client.embed_many,
            batch_size=arguments.batch_size,
            max_concurrency=arguments.max_concurrency,
            on_error="keep",
            **given,
        )
        inputs = open_inputs(arguments.file, read, skips_blank=is_json)
        return carry_out(Work("inputs", inputs, start, kind, _failures_in, _facts_of), arguments)


def text_of(line: str, field: str) -> str:
    """Return the text of a line of JSON.

    :raises ValueError: if there is none.
    """
    value = json_of(line)
    if is_object(value):
        if field not in value:
            there_are = ", ".join(value) or "none"
            raise ValueError(f"The object has no key {field!r}; its keys: {there_are}. --field names another.")
        value = value[field]
    if not isinstance(value, str):
        raise ValueError(f"The text must be a string, not {type(value).__name__}.")
    return value


def _failures_in(batch: EmbeddingsBatch) -> Failures:
    yield from sorted(batch.errors.items())


def _facts_of(sink: Vectors) -> List[str]:
    return [f"{sink.width} dimensions"]
