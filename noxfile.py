"""The project's habits, one command each; `nox` runs the first four."""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

nox.options.sessions = ["format", "lint", "types", "test"]
nox.options.reuse_existing_virtualenvs = True

PURE = ["_core/*", "_growing_json", "_json", "_schemas/format", "_schemas/strict", "models/_reading"]


def install_group(session: nox.Session, group: str, *packages: str) -> None:
    """Install a dependency group of pyproject.toml, which lists tools only, beside packages."""
    session.install("pip>=25.1")
    session.install("--group", group, *packages)


@nox.session
def format(session: nox.Session) -> None:  # noqa: A001 - the name of the habit
    """Format the code and mend what can be mended without thought."""
    session.install("ruff")
    session.run("ruff", "format")
    session.run("ruff", "check", "--fix")


@nox.session
def lint(session: nox.Session) -> None:
    """Check format, rules, layers, spelling and dead code."""
    session.install("-e", ".[test]", "codespell", "import-linter", "ruff", "vulture")
    session.run("ruff", "format", "--check")
    session.run("ruff", "check")
    session.run("lint-imports")
    session.run("codespell")
    session.run("python", ".ci/dead_code.py")
    session.run("python", "-m", "pytest", "tests/test_layers.py")


@nox.session
def types(session: nox.Session) -> None:
    """Check types: mypy and pyright strict, how complete they are, and what users see of them."""
    install_group(session, "dev", ".[speed,test]")
    session.run("mypy")
    session.run("pyright")
    session.run("pyright", "--verifytypes", "azure.ai.inference", "--ignoreexternal")
    session.run("python", "-m", "pytest", "tests/typing")


@nox.session
def test(session: nox.Session) -> None:
    """Run all tests, and ask how much of the code they reach: all of the pure core, nearly all of the rest."""
    session.install("-e", ".[test]", "coverage")
    # In this process, as coverage in the processes of tests would change what those that look at imports see.
    session.run("coverage", "run", "-m", "pytest", "-n", "0", *session.posargs)
    session.run(
        "coverage", "report", "--include", ",".join(f"*/inference/{name}.py" for name in PURE), "--fail-under", "100"
    )
    session.run("coverage", "report", "--fail-under", "95")


@nox.session(name="test-min", python="3.8")
def test_min(session: nox.Session) -> None:
    """Run all tests on the oldest Python, with the oldest dependencies that the project claims to run with."""
    session.install("--constraint", ".ci/oldest.txt", "--requirement", ".ci/oldest-tests.txt", ".")
    session.run("python", "-m", "pytest", *session.posargs)


# Requirement 51 of tracing: the environments that it is tested in.
TELEMETRY = {
    "none": [],
    "api": ["opentelemetry-api"],
    "sdk": ["opentelemetry-sdk"],
    "sdk 1.27": ["opentelemetry-api==1.27.0", "opentelemetry-sdk==1.27.0"],
    "sdk 1.33": ["opentelemetry-api==1.33.1", "opentelemetry-sdk==1.33.1"],
    "plugin": [
        "azure-core-tracing-opentelemetry",
        "opentelemetry-instrumentation-aiohttp-client",
        "opentelemetry-instrumentation-requests",
        "opentelemetry-instrumentation-urllib3",
        "opentelemetry-sdk",
        "wrapt",
    ],
}


@nox.session
@nox.parametrize("azure_core", ["1.30.0", "1.35.0", "1.41.0"])
@nox.parametrize("packages", list(TELEMETRY))
def tracing(session: nox.Session, packages: str, azure_core: str) -> None:
    """Run the tests of tracing, which cover both modes, with these parts of OpenTelemetry and this azure-core."""
    tests = ["hypothesis", "pytest", "pytest-asyncio", "pytest-socket", "pytest-timeout", "pytest-xdist>=3.6", "trio"]
    session.install("-e", ".[aio]", f"azure-core=={azure_core}", *tests, *TELEMETRY[packages])
    target = (
        "tests/tracing"
        if "opentelemetry-sdk" in " ".join(TELEMETRY[packages])
        else "tests/tracing/test_environments.py"
    )
    session.run("python", "-m", "pytest", target, *session.posargs)


@nox.session
def pre(session: nox.Session) -> None:
    """Run the tests of private names and of faults against the newest pre-releases. Do this before each release."""
    session.install("-e", ".[test]")
    session.install("--pre", "--upgrade", "azure-core", "urllib3", "requests", "aiohttp", "opentelemetry-sdk")
    targets = ["tests/test_private_names.py", "tests/tracing/test_private_names.py", "tests/faults"]
    session.run("python", "-m", "pytest", *targets, *session.posargs)


@nox.session
def servers(session: nox.Session) -> None:
    """Call servers of others on loopback: LiteLLM's proxy, and llama.cpp's server with a tiny model."""
    session.install("-e", ".[test]")
    # xllamacpp is llama.cpp's server as a wheel. None of these is built from source.
    session.install("--only-binary", ":all:", "gguf", "litellm[proxy]", "xllamacpp")
    # In one process, as each would start servers of its own.
    session.run("python", "-m", "pytest", "-n", "0", "tests/servers", *session.posargs)


@nox.session
def openai(session: nox.Session) -> None:
    """Compare the requests of the newest openai package with the recorded ones; `-- --write` records them."""
    session.install("-e", ".", "openai")
    with session.chdir("tests"):
        session.run("python", "-m", "peers.record", *session.posargs)


@nox.session
def optional(session: nox.Session) -> None:
    """Run the tests that need more than the extra `test`: openai, those of Jupyter, web frameworks, and PyArrow."""
    session.install("-e", ".[parquet,test]", "django", "fastapi", "flask", "httpx", "ipykernel", "nbclient", "openai")
    targets = [
        "tests/testing/test_openai_package.py",
        "tests/samples/test_notebook.py",
        "tests/test_readme.py",
        "tests/commands",
    ]
    session.run("python", "-m", "pytest", *targets, *session.posargs)


@nox.session
def bare(session: nox.Session) -> None:
    """Import everything that needs no extra in an environment without extras."""
    session.install(".")
    public = "__main__ aio exceptions models options prompts runs testing tools tracing".split()
    names = ["azure.ai.inference", *(f"azure.ai.inference.{module}" for module in public)]
    session.run("python", "-I", "-W", "error", "-c", "; ".join(f"from {name} import *" for name in names))


@nox.session
def samples(session: nox.Session) -> None:
    """Run every sample as a process of its own, against the local service, with the packages that samples need."""
    session.install("-e", ".[test]", "-r", "samples/requirements.txt")
    session.run("python", "-m", "pytest", "tests/samples", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """Read the web pages of samples in Chromium, which has to be installed, and without a window."""
    session.install("-e", ".[test]", "fastapi", "flask", "playwright", "uvicorn")
    session.run("python", "-m", "pytest", "tests/samples/test_web.py", *session.posargs)


@nox.session
def api(session: nox.Session) -> None:
    """Compare the public surface with that of the last tag."""
    if not session.run("git", "tag", external=True, silent=True):
        session.skip("there is no tag yet")
    session.install("griffe")
    session.run("griffe", "check", "azure.ai.inference", "--search", ".")


@nox.session
def build(session: nox.Session) -> None:
    """Build wheel and sdist twice, look at what is in them, and list what the wheel brings in an SBOM."""
    install_group(session, "dev", ".[test]")
    for folder in ("dist", "build/again"):
        shutil.rmtree(folder, ignore_errors=True)
    session.run("python", "-m", "build")
    session.run("python", "-m", "build", "--wheel", "--outdir", "build/again")  # of this tree, not of the sdist
    session.run("twine", "check", "--strict", *map(str, Path("dist").iterdir()))
    session.run("python", ".ci/check_distributions.py", "dist", "build/again")
    session.run("python", ".ci/sbom.py", "dist")
    session.run("python", "-m", "pytest", "tests/test_packaging.py")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into build/docs; DOCS_INVENTORIES names where the names of others are documented."""
    install_group(session, "docs", "-e", ".[test]")
    shutil.rmtree("build/docs", ignore_errors=True)
    session.run("sphinx-build", "--fail-on-warning", "--fresh-env", "--builder", "html", "docs", "build/docs")
    session.run("python", ".ci/check_docs.py", "build/docs")


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Measure the speed against peers, quickly; `nox -s benchmarks -- --json FILE` does it thoroughly."""
    session.install("-e", ".[aio]")
    session.run("python", "-m", "tests.benchmarks", *(session.posargs or ["--quick"]))
