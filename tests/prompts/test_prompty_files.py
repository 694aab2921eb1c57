"""The files that a prompt can read: those below its own folder and the allowed folders, and no others."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any, Dict, List

import pytest

from azure.ai.inference.prompts import PromptTemplate

PIXEL = b"\x89PNG\r\n\x1a\n"
ENCODED = base64.b64encode(PIXEL).decode("ascii")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return the folder of a prompt, with files in it, below it and beside it."""
    home = tmp_path / "home"
    for folder in (home / "sub", tmp_path / "shared", tmp_path / "home2"):
        folder.mkdir(parents=True)
        (folder / "photo.png").write_bytes(PIXEL)
        (folder / "data.json").write_text('{"a": 1}', encoding="utf-8")
        (folder / "base.prompty").write_text("---\nsample: {a: 1}\n---\n", encoding="utf-8")
    for name in ("photo.png", "photo.jpg", "photo.JPEG", "photo.gif", "photo", "two (2).png"):
        (home / name).write_bytes(PIXEL)
    (tmp_path / "photo.png").write_bytes(PIXEL)
    return home


def read(home: Path, content: str, front_matter: str = "", **options: Any) -> PromptTemplate:
    file = home / "a.prompty"
    file.write_text(f"---\n{front_matter}---\n{content}", encoding="utf-8")
    return PromptTemplate.from_prompty(file, **options)


def images(messages: List[Dict[str, Any]]) -> List[str]:
    return [item["image_url"]["url"] for message in messages for item in message["content"] if "image_url" in item]


@pytest.mark.parametrize(
    ("link", "media_type"),
    [
        ("photo.png", "png"),
        ("./photo.jpg", "jpeg"),
        ("photo.JPEG", "jpeg"),
        ("sub/photo.png", "png"),
        ("sub/../photo.png", "png"),
        ("../home/photo.png", "png"),
    ],
)
def test_image_files(home: Path, link: str, media_type: str) -> None:
    """An image beside the prompt is sent with its media type."""
    assert read(home, f"user:\nWhat is ![it]({link} 'title')?\n").create_messages() == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is"},
                {"type": "image_url", "image_url": {"url": f"data:image/{media_type};base64,{ENCODED}"}},
                {"type": "text", "text": "?"},
            ],
        }
    ]


def test_an_image_by_its_full_path(home: Path) -> None:
    """A full path into the prompt's own folder is accepted."""
    assert images(read(home, f"![x]({home}/photo.png)").create_messages()) == [f"data:image/png;base64,{ENCODED}"]


@pytest.mark.parametrize("url", ["https://example.com/a", "HTTP://example.com/a.gif", "data:image/gif;base64,AA"])
def test_images_that_are_urls(home: Path, url: str) -> None:
    """A URL is sent as it is."""
    assert images(read(home, f"![x]({url})").create_messages()) == [url]
    assert images(read(home, "![x]({{{u}}})").create_messages(u=url)) == [url]


@pytest.mark.parametrize("link", ["photo.gif", "photo", "gone.gif", "ftp://example.com/a", "sub"])
def test_files_that_are_no_images(home: Path, link: str) -> None:
    """A file that is not an image raises ValueError."""
    with pytest.raises(ValueError) as caught:
        read(home, f"![x]({link})").create_messages()

    assert str(caught.value) == f"{home}/a.prompty: image {link!r}: the file extension must be one of .png, .jpg, .jpeg"


def test_an_image_that_is_not_there(home: Path) -> None:
    """A missing image raises a FileNotFoundError that names it."""
    with pytest.raises(FileNotFoundError, match="gone.png"):
        read(home, "![x](gone.png)").create_messages()


OUTSIDE = [
    ".",
    "../photo.png",
    "../shared/photo.png",
    "../home2/photo.png",
    "sub/../../photo.png",
    "{tmp}/shared/photo.png",
]


@pytest.mark.parametrize("link", OUTSIDE)
def test_images_outside(home: Path, link: str) -> None:
    """An image outside the folder raises ValueError, so a foreign prompt cannot send files of this machine."""
    link = link.replace("{tmp}", str(home.parent))
    template = read(home, f"![x]({link})")
    with pytest.raises(ValueError) as caught:
        template.create_messages()

    assert str(caught.value) == (
        f"{home}/a.prompty cannot read {link!r}: the path is outside its folder and `allowed_folders`"
    )


@pytest.mark.parametrize("path", ["../shared/data.json", "sub/../../shared/data.json", "{tmp}/home2/data.json"])
def test_references_outside(home: Path, path: str) -> None:
    """A JSON file outside the folder raises ValueError."""
    path = path.replace("{tmp}", str(home.parent))
    with pytest.raises(ValueError) as caught:
        read(home, "{{s.a}}", f"sample:\n  s: ${{file:{path}}}\n")

    assert str(caught.value) == (
        f"{home}/a.prompty, line 3: {home}/a.prompty cannot read {path!r}: "
        "the path is outside its folder and `allowed_folders`"
    )


def test_bases_outside(home: Path) -> None:
    """A base outside the folder raises ValueError."""
    with pytest.raises(ValueError, match="cannot read '../shared/base.prompty'"):
        read(home, "x", "base: ../shared/base.prompty\n")


def test_a_base_reads_only_its_own_folder(home: Path) -> None:
    """A base in a subfolder cannot read the files above it."""
    (home / "sub" / "base.prompty").write_text("---\nsample: '${file:../data.json}'\n---\n", encoding="utf-8")
    (home / "data.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"base.prompty cannot read '\.\./data\.json'"):
        read(home, "x", "base: sub/base.prompty\n")


def test_a_base_may_read_what_the_caller_allows(home: Path) -> None:
    """The allowed folders hold for a base, too."""
    base = "---\nsample: '${file:../../shared/data.json}'\n---\n"
    (home / "sub" / "base.prompty").write_text(base, encoding="utf-8")
    template = read(home, "{{a}}", "base: sub/base.prompty\n", allowed_folders=[home.parent / "shared"])

    assert template.create_messages() == [{"role": "system", "content": "1"}]


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need a privilege on Windows")
def test_symbolic_links(home: Path) -> None:
    """A symbolic link cannot lead out of the folder, and can lead to a file inside it."""
    (home / "out.png").symlink_to(home.parent / "shared" / "photo.png")
    (home / "out").symlink_to(home.parent / "shared")
    (home / "prompty.json").symlink_to(home.parent / "shared" / "data.json")
    (home / "in.png").symlink_to(home / "sub" / "photo.png")
    (home.parent / "link").symlink_to(home)
    with pytest.raises(ValueError, match="cannot read 'prompty.json'"):
        read(home, "![x](out.png)")
    (home / "prompty.json").unlink()

    for link in ("out.png", "out/photo.png"):
        with pytest.raises(ValueError, match="cannot read"):
            read(home, f"![x]({link})").create_messages()
    assert images(read(home, "![x](in.png)").create_messages()) == [f"data:image/png;base64,{ENCODED}"]
    linked = PromptTemplate.from_prompty(home.parent / "link" / "a.prompty")
    assert images(linked.create_messages()) == [f"data:image/png;base64,{ENCODED}"]


def test_allowed_folders(home: Path) -> None:
    """Images, data and bases can come from the allowed folders."""
    template = read(
        home,
        "{{a}} ![x](../shared/photo.png)",
        "base: ../shared/base.prompty\nsample: '${file:../home2/data.json}'\n",
        allowed_folders=[home.parent / "shared", str(home.parent / "home2")],
    )

    assert images(template.create_messages()) == [f"data:image/png;base64,{ENCODED}"]
    assert template.create_messages()[0]["content"][0] == {"type": "text", "text": "1"}


def test_allowed_folders_start_at_the_callers_file(home: Path) -> None:
    """Relative allowed folders start at the caller's file, as the prompt's path does."""
    template = read(home, "![x](../photo.png)", allowed_folders=[os.path.relpath(home.parent, Path(__file__).parent)])

    assert images(template.create_messages()) == [f"data:image/png;base64,{ENCODED}"]


def test_one_allowed_folder_is_no_list(home: Path) -> None:
    """A single path as `allowed_folders` raises TypeError; its characters are not taken for folders."""
    for folder in (str(home), home):
        with pytest.raises(TypeError, match="^allowed_folders must be a list of folders, not a single folder$"):
            read(home, "x", allowed_folders=folder)


@pytest.mark.parametrize("link", ["photo.png", "sub/photo.png", "/etc/hosts", "../photo.png"])
@pytest.mark.parametrize("content", ["![x]({{{u}}})", "![x](./{{{u}}})", "![x]({{{v}}}{{{u}}})"])
def test_values_name_no_files(home: Path, content: str, link: str) -> None:
    """A value that names a file raises ValueError, so user data cannot send files of this machine."""
    with pytest.raises(ValueError, match="a value can be a URL or a data URL, not a file$"):
        read(home, content, "sample: {v: ''}\n").create_messages(u=link)


def test_values_of_the_file_itself_name_files(home: Path) -> None:
    """A value in the prompt's own sample or defaults can name an image file."""
    front_matter = "sample: {a: photo.png}\ninputs: {b: {type: string, default: sub/photo.png}}\n"
    template = read(home, "![x]({{a}})![y]({{b}})", front_matter)

    assert images(template.create_messages()) == [f"data:image/png;base64,{ENCODED}"] * 2
    with pytest.raises(ValueError, match="image 'photo.jpg': a value can be a URL"):
        template.create_messages(a="photo.jpg")


def test_values_that_look_like_references(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """References, partials and images in a value stay text."""
    monkeypatch.setenv("PROMPT_TEST", "set")
    value = "${env:PROMPT_TEST} ${file:sub/data.json} {{>photo}} ![x](photo.png)"

    assert read(home, "{{{u}}}").create_messages(u=value) == [{"role": "system", "content": value}]


def test_partials_are_not_files(home: Path) -> None:
    """A partial is never read from a file of its name."""
    (home / "part.mustache").write_text("secret", encoding="utf-8")

    assert read(home, "[{{>part}}{{>part.mustache}}{{>./part}}]").create_messages() == [
        {"role": "system", "content": "[]"}
    ]
    assert read(home, "[{{>part}}]", partials={"part": "given"}).create_messages() == [
        {"role": "system", "content": "[given]"}
    ]


def test_a_path_starts_at_the_callers_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path starts at the caller's file, not at the working folder."""
    monkeypatch.chdir(home)
    read(home, "hi")

    assert PromptTemplate.from_prompty("data/prompty/travel.prompty").model_name == "gpt-4o-mini"
    with pytest.raises(FileNotFoundError):
        PromptTemplate.from_prompty("a.prompty")


def test_without_a_callers_file_a_path_starts_at_the_working_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a caller's file, as in a notebook, a relative path starts at the working folder."""
    monkeypatch.chdir(home)
    read(home, "hi")
    names: Dict[str, Any] = {"PromptTemplate": PromptTemplate}
    exec("template = PromptTemplate.from_prompty('a.prompty')", names)

    assert names["template"].create_messages() == [{"role": "system", "content": "hi"}]


def test_images_of_a_string_are_sent_as_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A template from a string sends image links as they are, and reads no files."""
    monkeypatch.chdir(home)
    template = PromptTemplate.from_string("![x](photo.png)![y]({{u}})")

    assert images(template.create_messages(u="photo.jpg")) == ["photo.png", "photo.jpg"]
