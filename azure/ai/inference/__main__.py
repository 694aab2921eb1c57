"""`python -m azure.ai.inference`: embed files, complete chats, and check an endpoint."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List, Optional

from azure.ai.inference import __version__
from azure.ai.inference._commands import chat, check, console, embed

_DESCRIPTION = """\
Embed files, complete chats, and find out why an endpoint does not work.

  embed   the vectors of the texts of a file, as .npy, .jsonl or .parquet
  chat    one completion, streamed; or those of a whole file of prompts
  check   whether an endpoint, a key and a model work; if not, what to do

COMMAND --help has the details of each."""

_EPILOG = """\
environment:
  AZURE_AI_CHAT_ENDPOINT        the URL of the service, for chat and check
  AZURE_AI_CHAT_KEY             its key
  AZURE_AI_CHAT_MODEL           its model, where the endpoint does not say
  AZURE_AI_EMBEDDINGS_ENDPOINT  the same for embed, and so on: _KEY, _MODEL
  HTTPS_PROXY, NO_PROXY         as everywhere
  REQUESTS_CA_BUNDLE            the certificates to trust

A key is never an argument: --key-env NAME names another variable. Without a
key, hosts of Azure get a token of Microsoft Entra ID, which needs the package
azure-identity. --entra asks for that even if there is a key.

Results go to stdout, progress and errors to stderr.

exit status:
  0    done
  1    failed: stderr has the reason in one line
  2    wrong usage
  3    done, but some inputs failed: see OUT.failed.jsonl
  130  stopped with Ctrl-C

examples:
  {prog} check https://NAME.services.ai.azure.com --model gpt-5-mini
  {prog} chat "Which is the highest lighthouse?"
  {prog} embed texts.txt --out vectors.npy
  {prog} chat --file prompts.jsonl --out completions.jsonl"""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    prog = "azure-ai-inference"
    if Path(sys.argv[0]).name == "__main__.py":
        prog = "python -m azure.ai.inference"
    parser = argparse.ArgumentParser(
        prog=prog,
        description=_DESCRIPTION,
        epilog=_EPILOG.format(prog=prog),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"azure-ai-inference {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (embed, chat, check):
        command.add_to(commands)
    return parser


def main(argv: Optional[List[str]] = None) -> int:
    """Run a command and return its exit status.

    :param argv: the arguments; those of the process by default.
    :raises SystemExit: for wrong usage, and after help.
    """
    console.begin()
    parser = make_parser()
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:  # without values, one of which may be a key
        names = " ".join(each.partition("=")[0] for each in unknown if each.startswith("-"))
        parser.error(f"unrecognized arguments: {names or 'too many'}. A key is never an argument: see --key-env.")
    status = 1
    try:
        status = arguments.run(arguments)
        sys.stdout.flush()
    except console.UsageError as error:
        console.report(f"error: {error}")
        status = 2
    except KeyboardInterrupt as error:
        console.report(str(error) or ("\nStopped." if sys.stderr.isatty() else "Stopped."))
        status = 130
    except BrokenPipeError:
        console.leave_broken_pipe()
    except Exception as error:
        console.report(f"error: {console.in_a_line(error)}")
    return status


if __name__ == "__main__":
    sys.exit(main())
