"""Make the long description of wheel and sdist of the README: hatchling's metadata hook, set up in pyproject.toml.

With a base address, relative links become absolute, and the project has URLs. Without one, links to other files become
plain text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict
from urllib.parse import urljoin

from hatchling.metadata.plugin.interface import MetadataHookInterface

#: Code, which stays as it is; else an image that is a link, an image, or a link.
_CODE_OR_LINK = re.compile(
    r"(?P<code>^(?P<fence>`{3,}|~{3,}).*?^(?P=fence)[^\n]*$|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<image>!?)\[(?P<text>(?:!\[[^\]]*\]\([^)\s]*\)|[^\[\]])*)\]\((?P<target>[^)\s]+)(?P<title>\s+\"[^\"]*\")?\)",
    re.MULTILINE | re.DOTALL,
)
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)


def long_description(readme: str, base: str) -> str:
    """Return the README with absolute links; without a base address, links to other files are plain text."""

    def replace(found: re.Match[str]) -> str:
        if found["code"]:
            return found[0]
        text, target = found["text"], found["target"]
        text = _CODE_OR_LINK.sub(replace, text) if "](" in text else text
        if not _ABSOLUTE.match(target):
            if not base:
                return text
            target = urljoin(base, target)
        return f"{found['image']}[{text}]({target}{found['title'] or ''})"

    return _CODE_OR_LINK.sub(replace, readme)


def project_urls(base: str) -> Dict[str, str]:
    """Return the URLs of the project, below its base address."""
    return {"Source": base, "Changelog": urljoin(base, "CHANGELOG.md")} if base else {}


class LongDescriptionHook(MetadataHookInterface):
    """Sets the long description and the URLs of the project."""

    def update(self, metadata: Dict[str, Any]) -> None:
        """Set them in the metadata of the project."""
        base = str(self.config.get("base-address", "")).rstrip("/")
        base = f"{base}/" if base else ""
        readme = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": long_description(readme, base)}
        metadata["urls"] = project_urls(base)
