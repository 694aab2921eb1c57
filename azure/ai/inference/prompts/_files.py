"""Access to the files that a prompt reads."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Iterable, Tuple

_URL = re.compile(r"https?://|data:", re.IGNORECASE)
_IMAGE_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


class FileAccess:
    """The files that one Prompty file can read: those below its own folder and below the allowed folders."""

    def __init__(self, file: Path, allowed_folders: Iterable[Path]) -> None:
        self.file = file
        self.allowed_folders: Tuple[Path, ...] = tuple(allowed_folders)
        self._folders = [folder.resolve() for folder in (file.parent, *self.allowed_folders)]

    def find(self, reference: str) -> Path:
        """Return the file at a path relative to the Prompty file, with symbolic links resolved.

        Raise ValueError if it is outside the folders.
        """
        target = (self.file.parent / reference).resolve()
        if not any(folder in target.parents for folder in self._folders):
            raise ValueError(
                f"{self.file} cannot read {reference!r}: the path is outside its folder and `allowed_folders`"
            )
        return target

    def image_url(self, link: str, *, may_name_file: bool) -> str:
        """Return the URL to send for an image link: the link itself if it is a URL, else the file as a data URL.

        Raise ValueError for a file if `may_name_file` is false, or if it is out of reach or not a PNG or JPEG image.
        """
        if _URL.match(link):
            return link
        if not may_name_file:
            raise ValueError(f"{self.file}: image {link!r}: a value can be a URL or a data URL, not a file")
        image = self.find(link)
        media_type = _IMAGE_TYPES.get(image.suffix.lower())
        if media_type is None:
            raise ValueError(
                f"{self.file}: image {link!r}: the file extension must be one of {', '.join(_IMAGE_TYPES)}"
            )
        return f"data:{media_type};base64,{base64.b64encode(image.read_bytes()).decode('ascii')}"


def read_text(file: Path) -> str:
    r"""Return the text of a UTF-8 file, with line ends as ``\n``. Raise ValueError if it is not UTF-8."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}: not valid UTF-8, at byte {error.start}") from None
