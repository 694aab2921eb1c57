"""Which files a prompt may read, and how."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Iterable, Tuple

_URL = re.compile(r"https?://|data:", re.IGNORECASE)
_IMAGE_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


class FileAccess:
    """What one prompty file may read: the tree of its own folder, and the folders that the caller allows."""

    def __init__(self, file: Path, allowed_folders: Iterable[Path]) -> None:
        self.file = file
        self.allowed_folders: Tuple[Path, ...] = tuple(allowed_folders)
        self._folders = [folder.resolve() for folder in (file.parent, *self.allowed_folders)]

    def find(self, reference: str) -> Path:
        """The file that a reference relative to the own folder names, symbolic links resolved.

        Raises ValueError if it lies outside the folders.
        """
        target = (self.file.parent / reference).resolve()
        if not any(folder in target.parents for folder in self._folders):
            raise ValueError(
                f"{self.file} may not read {reference!r}: it lies outside its folder and `allowed_folders`"
            )
        return target

    def image_url(self, link: str, *, may_name_file: bool) -> str:
        """A link that is a URL already, or the data URL of the image file that it names.

        Raises ValueError if it names a file and may not, or one that is out of reach or no PNG or JPEG image.
        """
        if _URL.match(link):
            return link
        if not may_name_file:
            raise ValueError(f"{self.file}: image {link!r}: data cannot name a file, only a URL or a data URL")
        image = self.find(link)
        media_type = _IMAGE_TYPES.get(image.suffix.lower())
        if media_type is None:
            raise ValueError(f"{self.file}: image {link!r}: not one of {', '.join(_IMAGE_TYPES)}")
        return f"data:{media_type};base64,{base64.b64encode(image.read_bytes()).decode('ascii')}"


def read_text(file: Path) -> str:
    r"""The text of a UTF-8 file, line ends as ``\n``. Raises ValueError if the file is no UTF-8."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}: not UTF-8 text, byte {error.start} cannot be read") from None
