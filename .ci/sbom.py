"""Write the SBOM of the wheel in a folder beside it: CycloneDX, with the dependencies that an installation gets today.

Usage: python sbom.py FOLDER
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path


def main(folder: Path) -> None:
    (wheel,) = folder.glob("*.whl")
    name, version = wheel.name.split("-")[:2]
    bom = wheel.with_name(f"{name}-{version}.cdx.json")
    with tempfile.TemporaryDirectory() as place:
        venv.create(place, with_pip=True)
        python = str(Path(place, "Scripts" if os.name == "nt" else "bin", "python"))
        run(python, "-m", "pip", "install", "--quiet", str(wheel))
        run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "setuptools", "pip")
        command = ["environment", "--pyproject", "pyproject.toml", "--mc-type", "library", "--output-reproducible"]
        run(sys.executable, "-m", "cyclonedx_py", *command, "--output-file", str(bom), python)
    described = json.loads(bom.read_text(encoding="utf-8"))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    described["metadata"]["component"].update(version=version, hashes=[{"alg": "SHA-256", "content": digest}])
    bom.write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    print(f"{bom.name} lists {len(described['components'])} distributions that {wheel.name} brings.")


def run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
