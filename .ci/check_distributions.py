"""Look into the wheel and sdist of a folder: what must be in them, and what must not.

Usage: python check_distributions.py FOLDER [OTHER]

The wheel in the other folder, which was built of the tree and not of the sdist, must have the same bytes.
"""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

PACKAGE = "azure/ai/inference"
IN_BOTH = {f"{PACKAGE}/{name}" for name in ("__init__.py", "py.typed", "aio/__init__.py", "models/__init__.py")}
IN_SDIST = {
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
    "SECURITY.md",
    "pyproject.toml",
    "samples/quickstart.py",
    "tests/conftest.py",
}
IN_NEITHER = {"azure/__init__.py", "azure/ai/__init__.py"}
DEPENDENCIES = {"azure-core", "isodate", "typing-extensions"}
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
RELATIVE_LINK = re.compile(r"\]\((?!#|[a-z]+:)[^)]*\)")


def main(folder: Path, other: Path | None = None) -> None:
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        described = Parser().parsestr(archive.read(metadata).decode())
    check("wheel", names, IN_BOTH)
    outside = {name for name in names if not name.startswith((f"{PACKAGE}/", metadata.partition("/")[0]))}
    expect(not outside, f"the wheel installs {sorted(outside)}")
    expect(any(name.endswith("/LICENSE") for name in names), "the wheel has no LICENSE")
    expect(described["License-Expression"] == "MIT", "the wheel has no licence expression")
    relative = RELATIVE_LINK.findall(CODE.sub("", described.get_payload()))
    expect(not relative, f"the long description has relative links: {relative}")
    required = {line.split(">")[0] for line in described.get_all("Requires-Dist", []) if "extra ==" not in line}
    expect(described["Name"] == "azure-ai-inference", f"the name is {described['Name']}")
    expect(described["Requires-Python"] == ">=3.8", f"Requires-Python is {described['Requires-Python']}")
    expect(required == DEPENDENCIES, f"the dependencies are {sorted(required)}")
    with tarfile.open(sdist) as archive:
        check("sdist", {name.partition("/")[2] for name in archive.getnames()}, IN_BOTH | IN_SDIST)
    if other is not None:
        (again,) = other.glob("*.whl")
        expect(again.read_bytes() == wheel.read_bytes(), f"{wheel.name} cannot be built again with the same bytes")
    print(f"{wheel.name} and {sdist.name} hold what they should.")


def check(kind: str, names: set[str], needed: set[str]) -> None:
    expect(needed <= names, f"the {kind} lacks {sorted(needed - names)}")
    expect(not IN_NEITHER & names, f"the {kind} takes over the namespace: {sorted(IN_NEITHER & names)}")
    foreign = {name for name in names if "__pycache__" in name or ".venv" in name}
    expect(not foreign, f"the {kind} has {sorted(foreign)}")


def expect(true: bool, otherwise: str) -> None:
    if not true:
        sys.exit(otherwise)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
