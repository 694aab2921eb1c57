"""Every sample, run as a program with nothing configured, against a local service."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Mapping

import pytest

from azure.ai.inference.testing import LocalService

SAMPLES = Path(__file__).parents[2] / "samples"
PROGRAMS = sorted([SAMPLES / "quickstart.py", *SAMPLES.rglob("sample_*.py")])
#: These run until they are stopped: test_web.py reads their pages.
SERVERS = ("sample_web_fastapi", "sample_web_flask")

#: The expected output of each sample, as a regular expression. Async twins have the same output as their sync twins.
EXPECTED = {
    "quickstart": r"^These responses come from a script",
    "sample_agent": r"(?s)list_files\(\).*'bread, butter'.*write_file\(file='list\.txt'.*secret\.txt is not in the folder.*"
    r"\n17 messages; the folder has \['list\.txt', 'shopping\.txt'\]",
    "sample_certificate_and_proxy": r"CERTIFICATE_VERIFY_FAILED.* `connection_verify=`.*\n.*How many feet are in a mile",
    "sample_chat_completions": r"(?s)Why is the sky blue\?.*You answer in one sentence\.",
    "sample_chat_completions_azure_openai": r"flow into the Danube",
    "sample_chat_completions_from_input_bytes": r"(?s)What is a prime number\?.*You are a patient teacher\.",
    "sample_chat_completions_from_input_dict": r"And how long is its main span\?.*This was your message number 2\.",
    "sample_chat_completions_from_input_dict_with_image_url": r"1 image \(at www\.python\.org\)",
    "sample_chat_completions_from_input_prompt_string": r"(?s)Lakeside Inn.*At what time can I check in\?",
    "sample_chat_completions_from_input_prompty": r"(?s)What should I do in Kyoto\?.*gardens.*noodles",
    "sample_chat_completions_many": r"(Bergen|Lisbon|Kyoto|Quito|Nairobi): .*(\n.*){4}\n5 of 5 completed, \d+ tokens",
    "sample_chat_completions_run_tools": r"(?s)look_up_stock.* -> 12 kg of pears\n.*sell.*\"left\": 7}\n.*only 7 kg of pears\.\n.*need a manager"
    r"\.\n.*In stock: {'apples': 40, 'pears': 7, 'plums': 0}",
    "sample_chat_completions_parse": r"Roadmap, in Berlin\nFriday, 12 March 2027, 15:00 to 16:30\nAlice, Bob, Carol: 400\.17 each",
    "sample_chat_completions_streaming": r"(?s)exercise every day.*You are cheerful\..*\n42 tokens written",
    "sample_chat_completions_streaming_azure_openai": r"(?s)flow into the Danube.*\n36 tokens written",
    "sample_chat_completions_streaming_final": r"(?s)> What should I see.*\n43 tokens, .*> And where.*message number 2",
    "sample_chat_completions_streaming_partial_json": r"for \? \| \n(.*\n)*Pancakes for 4 \| Serve them with sugar\.\n"
    r"\nRecipe\(title='Pancakes', servings=4, steps=\['Whisk ",
    "sample_chat_completions_streaming_with_entra_id_auth": r"Tell me a very short story",
    "sample_chat_completions_streaming_with_tools": r"\"origin\": \"Porto\".*\n.*leaves 09:42, platform 3",
    "sample_chat_completions_with_audio_data": r"1 audio clip \(wav, 12\.0 kB\)",
    "sample_chat_completions_with_azure_monitor_tracing": r"How many feet are in a mile\?",
    "sample_chat_completions_with_defaults": r"At most 12 tokens: .* 7 words, ?\nAt most 100 tokens: .*not a model",
    "sample_chat_completions_with_entra_id_auth": r"people live in Iceland",
    "sample_chat_completions_with_history": r"(?s)system: .*user: .*assistant: .*user: .*assistant: .*message number 2",
    "sample_chat_completions_with_image_data": r"1 image \(png, 476 bytes\)",
    "sample_chat_completions_with_image_url": r"1 image \(at www\.python\.org\)",
    "sample_chat_completions_with_model_extras": r"pass-through\nBody: .*\"safe_mode\": true}\n.*\n.*fingerprint",
    "sample_chat_completions_with_structured_output": r"Pancakes, for 4\n- 250 g of flour\n- 500 g of milk\n- 100 g of eggs\n1\. Whisk everything\.\n2\. Fry thin pancakes on both sides\.",
    "sample_chat_completions_with_structured_output_pydantic": r"Bees: Tuesday\n- Anna \(speaks\)\n- Ben\n",
    "sample_chat_completions_with_tools": r"get_weather\({\"city\": \"Bergen\"}\) returned .*\n.*degrees_celsius 17",
    "sample_chat_completions_with_tracing": r"(?s)plan_a_trip.*chat",
    "sample_embeddings": r"0: 256 numbers, .*\n1: 256 numbers, .*\n2: 256 numbers, .*\n10 tokens",
    "sample_embeddings_azure_openai": r"(\d: 256 numbers, .*\n){3}",
    "sample_embeddings_many": r"1200 texts, 256 numbers each, 0 failed\n13 batches, \d+ tokens",
    "sample_embeddings_dask": r"2000 texts, 256 numbers each",
    "sample_embeddings_ray": r"2000 texts, 256 numbers each",
    "sample_embeddings_spark": r"^2000 texts, 256 numbers each",
    "sample_embeddings_with_base64_encoding": r"(\d: 1368 characters hold 256 numbers, .*\n){3}",
    "sample_embeddings_with_defaults": r"document 0: 64 numbers\ndocument 1: 64 numbers\nquery 0: 64 numbers",
    "sample_from_models_to_openai_v1": r"(?s)/models\n(Chat: .*?\nStreamed: .*? \(\d+ tokens\)\nTool: get_weather.*?\nThen: .*?"
    r"\nJSON: {'name': .*?\nEmbeddings: \[256, 256\]\n)\n[^\n]*/openai/v1\n\1\n[^\n]*\.azure\.com\n\1\n[^\n]*/my-project\n\1$",
    "sample_get_model_info": r"Model name: local-model\nModel provider: local\nModel type: chat_completion",
    "sample_image_embeddings": r"(\d: 256 numbers, .*\n){2}",
    "sample_image_generation": r"lighthouse-0\.png: \d+ bytes, generated at 00:00:00 UTC\nlighthouse-1\.png: \d+ bytes",
    "sample_image_embeddings_with_defaults": r"dimensions=None: 128 numbers\ndimensions=32: 32 numbers",
    "sample_mcp_tools": r"^The server offers look_up_price and opening_hours\nlook_up_price.*croissants.* -> 1\.8\n.*1\.8.*\n"
    r"opening_hours.*Saturday.* -> 7 to 13\n",
    "sample_pre_fork": r"(?s)^Before: .*\nWorker \d: .*times seven.*\nWorker \d: .*\nWorker \d: .*\nAfter: .*once it has forked|no fork",
    "sample_rag": r"bicycle cost.*\n  0\.\d\d  A bicycle(.*\n){3}.*\[1\] A bicycle(.*\n)+  0\.\d\d  Lost luggage waits(.*\n){3}.*\[1\] Lost",
    "sample_several_event_loops": r"sky blue.*\n.*grass green.*\n.*snow white.*\n.*coal black",
    "sample_load_client": r"ChatCompletionsClient for local-model\n.*Say hello",
}
#: The optional requirements of samples, with their lowest major versions.
NEEDS = {
    "sample_certificate_and_proxy": [("trustme", 1)],
    "sample_embeddings_many": [("numpy", 1)],
    "sample_mcp_tools": [("mcp", 2)],
    "sample_rag": [("numpy", 1)],
    "sample_chat_completions_with_azure_monitor_tracing": [("azure-monitor-opentelemetry", 1)],
    "sample_chat_completions_with_structured_output_pydantic": [("pydantic", 2)],
    "sample_chat_completions_with_tracing": [("azure-core-tracing-opentelemetry", 1)],
    "sample_embeddings_dask": [("dask", 2024), ("pandas", 1), ("numpy", 1)],
    "sample_embeddings_ray": [("ray", 2), ("numpy", 1)],
    "sample_embeddings_spark": [("pyspark", 3), ("pandas", 1), ("pyarrow", 4), ("numpy", 1)],
}
#: cryptography, which azure-identity needs, warns on import about this version of Python.
_OF_CRYPTOGRAPHY = "ignore:Python 3.8 is no longer supported by the Python core team"


def name_of(program: Path) -> str:
    """Return the name of a sample, which twins share."""
    return re.sub("_async$", "", program.stem)


def major_version(distribution: str) -> int:
    """Return the major version of an installed distribution, or 0 if it is not installed."""
    try:
        return int(importlib.metadata.version(distribution).partition(".")[0])
    except importlib.metadata.PackageNotFoundError:
        return 0


def run(program: Path, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a sample in its own folder, in an environment without endpoints."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    return subprocess.run(
        [sys.executable, "-W", "always::ResourceWarning", "-W", _OF_CRYPTOGRAPHY, str(program)],
        cwd=folder,
        env={**inherited, "PYTHONIOENCODING": "utf-8", **variables},
        capture_output=True,
        encoding="utf-8",
        timeout=150,
        check=False,
    )


@pytest.mark.timeout(160)  # Ray and Spark take long to start
@pytest.mark.parametrize(
    "program", [path for path in PROGRAMS if path.stem not in SERVERS], ids=lambda program: program.stem
)
def test_sample(program: Path, tmp_path: Path) -> None:
    """The sample prints its result, without errors or warnings."""
    for distribution, version in NEEDS.get(name_of(program), ()):
        if major_version(distribution) < version:
            pytest.skip(f"{distribution} {version} is not installed")

    ended = run(program, tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert re.search(EXPECTED[name_of(program)], ended.stdout), ended.stdout
    assert not re.search(r"Traceback|\w+Warning", ended.stderr), ended.stderr


QUICK_START = """\
These responses come from a script on a local service, not from a model.

-- A chat ------------------------------------------------------------------
      you  Why is the sky blue?
    model  Air scatters blue light more than red, so blue reaches your eyes
           from every side.
           (script: 11 tokens read, 17 written)

-- A stream, printed as it arrives -----------------------------------------
      you  Give me three reasons for a walk.
    model  1. It clears your head: problems shrink with distance.
           2. It wakes your heart up, and lets it rest better at night.
           3. It is free, and starts at your door.
           (31 updates, the first after ? s, the last after ? s)

-- A tool: a function of this program --------------------------------------
      you  Do I need an umbrella in Lisbon tomorrow?
     tool  get_forecast(city='Lisbon') -> {"city": "Lisbon", "sky":
           "showers", "rain_mm": 7}
    model  Yes, take one: tomorrow Lisbon gets showers, with 7 mm of rain.
           (2 requests; the schema comes from the function's signature)

-- An object of your own class ---------------------------------------------
      you  Lunch with Ana and Bo at Pier 7, on 4 March 2027 at noon.
    Event  Lunch at Pier 7, Thursday, 04 March 2027, 12:00, with Ana and Bo
           (`Event` is a dataclass, `start` a datetime, `guests` a list)

-- Embeddings: the nearest texts -------------------------------------------
    query  How do I bake bread?
     0.98  ############ The dough has to rise.
     0.85  ##########.. A cold oven spoils a loaf.
     0.58  #######..... Soup for a winter evening.
     0.10  #........... Stocks fell on Monday.
     0.06  #........... The train leaves at nine.
           (script: vectors of 4 numbers)

-- A stream that is cut off and says so ------------------------------------
      you  Tell me a story.
    model  The keeper climbed the stairs of the lighthouse, opened the door
           to the lamp, and saw
    error  IncompleteReadError: The stream ended before the completion was
           whole.
           (the local service hangs up on purpose; half a completion never
           passes for a whole one)

-- With a model of your own ------------------------------------------------
        Azure  https://NAME.services.ai.azure.com
       Ollama  http://localhost:11434/v1
    llama.cpp  http://localhost:8080/v1
    LM Studio  http://localhost:1234/v1
Foundry Local  http://localhost:PORT/v1
Set AZURE_AI_CHAT_ENDPOINT to one of these, AZURE_AI_CHAT_KEY (local servers
accept any text) and AZURE_AI_CHAT_MODEL, and run this again.
"""


def test_quick_start_shows_all(tmp_path: Path, service: LocalService) -> None:
    """The quick start prints this where there are neither colors nor block characters. Without a chat endpoint it
    connects to no other endpoint and to no proxy.
    """
    stranger = {"AZURE_AI_EMBEDDINGS_ENDPOINT": service.endpoint, "AZURE_AI_EMBEDDINGS_KEY": service.key}
    proxy = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9")

    ended = run(SAMPLES / "quickstart.py", tmp_path, **stranger, **proxy, PYTHONIOENCODING="ascii", COLUMNS="100")

    assert (ended.stderr, re.sub(r"\d\.\d\d s", "? s", ended.stdout)) == ("", QUICK_START)
    assert service.requests == []


def test_quick_start_fits_in_a_narrow_terminal(tmp_path: Path) -> None:
    """Lines end between words, before the edge of the terminal."""
    ended = run(SAMPLES / "quickstart.py", tmp_path, COLUMNS="50")

    lines = ended.stdout.splitlines()
    assert [line for line in lines if len(line) > 49 or line != line.rstrip()] == []
    assert " ".join(ended.stdout.split()).count("opened the door to the lamp, and saw error IncompleteReadError: ") == 1


def test_quick_start_names_the_missing_key(tmp_path: Path) -> None:
    """An endpoint without a key ends the quick start in one line."""
    endpoints = dict.fromkeys(["AZURE_AI_CHAT_ENDPOINT", "AZURE_AI_EMBEDDINGS_ENDPOINT"], "http://localhost:11434/v1")

    ended = run(SAMPLES / "quickstart.py", tmp_path, **endpoints)

    assert (ended.returncode, ended.stdout) == (1, "Requests go to http://localhost:11434/v1.\n")
    assert ended.stderr == (
        "ValueError: The environment variable AZURE_AI_CHAT_KEY is not set: the key of AZURE_AI_CHAT_ENDPOINT. "
        "Local servers accept any text as a key.\n"
    )


@pytest.mark.parametrize("name", ["quickstart", "sample_chat_completions"])
def test_sample_uses_the_endpoint_of_the_environment(name: str, tmp_path: Path, service: LocalService) -> None:
    """A sample sends its requests to the endpoint in the environment, if there is one."""
    variables = {"AZURE_AI_CHAT_ENDPOINT": service.endpoint, "AZURE_AI_CHAT_KEY": service.key}

    ended = run(SAMPLES / f"{name}.py", tmp_path, **variables)

    assert ended.returncode == 0, ended.stderr
    assert {request.path for request in service.requests} == {"/chat/completions"}


@pytest.mark.parametrize("name", ["sample_image_generation", "async_samples/sample_image_generation_async"])
def test_image_generation_saves_images(name: str, tmp_path: Path, service: LocalService) -> None:
    """The sample saves the images that the endpoint of the environment sends, as PNG files of the size."""
    variables = {
        "AZURE_AI_IMAGES_ENDPOINT": f"{service.endpoint}/models",
        "AZURE_AI_IMAGES_KEY": service.key,
    }

    ended = run(SAMPLES / f"{name}.py", tmp_path, **variables)

    assert ended.returncode == 0, ended.stderr
    assert [request.path for request in service.requests] == ["/models/images/generations"]
    saved = contents(tmp_path, ".png")
    size = b"IHDR" + 2 * (1024).to_bytes(4, "big")
    assert {file: (data[:8], data[12:24]) for file, data in saved.items()} == {
        f"lighthouse-{number}.png": (b"\x89PNG\r\n\x1a\n", size) for number in (0, 1)
    }


def test_make_data_recreates_the_files(tmp_path: Path) -> None:
    """The script recreates the images and the audio beside the samples."""
    script = tmp_path / "make_data.py"
    script.write_text((SAMPLES / "make_data.py").read_text("utf-8"), "utf-8")

    ended = run(script, tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert contents(tmp_path / "data", ".wav") == contents(SAMPLES / "data", ".wav")
    assert set(contents(tmp_path / "data", ".png")) == set(contents(SAMPLES / "data", ".png"))


def contents(folder: Path, suffix: str) -> Mapping[str, bytes]:
    """Return the files of one type. The bytes of compressed images can differ between versions of zlib."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == suffix}


def test_readme_lists_every_sample() -> None:
    """The list of samples has every sample, and no others."""
    text = (SAMPLES / "README.md").read_text("utf-8")
    listed = re.findall(r"\]\(((?:async_samples/)?(?:sample_|quickstart)\w*\.py)\)", text)
    present = [program.relative_to(SAMPLES).as_posix() for program in PROGRAMS]

    assert sorted(listed) == sorted(present)


def test_one_line_installs_what_samples_need() -> None:
    """The extras and the requirements that the list of samples names have every package that a sample needs."""
    text = (SAMPLES / "README.md").read_text("utf-8")
    line = re.search(r'^pip install "\.\[([\w,]+)\]" -r samples/requirements\.txt$', text, re.MULTILINE)
    assert line is not None
    installed = re.findall(r"^[\w-]+", (SAMPLES / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    project = (SAMPLES.parent / "pyproject.toml").read_text("utf-8")
    for extra in line[1].split(","):
        lists = re.findall(rf"^{extra} = \[(.*?)\]\n", project, re.MULTILINE | re.DOTALL)
        installed += re.findall(r'"([\w-]+)', lists[0])

    needed = {distribution for needs in NEEDS.values() for distribution, _ in needs}
    assert (needed | {"PyYAML", "aiohttp", "azure-identity", "fastapi", "flask", "uvicorn"}) - {*installed} == set()
