"""Look for dead code with vulture. The fields and enums of the contract, and module hooks, count as used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

CONTRACT = json.loads(Path("tests/contract.json").read_text(encoding="utf-8"))
NAMES = {name for group in ("models", "enums") for members in CONTRACT[group].values() for name in members}

sys.exit(subprocess.call(["vulture", "--ignore-names", ",".join(sorted({*NAMES, "__getattr__", "__dir__"}))]))
