"""The endpoints of the synchronous samples, one folder up."""

from pathlib import Path
from runpy import run_path

find_endpoint = run_path(str(Path(__file__).parent.parent / "endpoints.py"))["find_endpoint"]
