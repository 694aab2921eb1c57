"""How the documentation is built: `nox -s docs`."""

import builtins
import os
import posixpath
import re
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.typing import stringify_annotation

from azure.ai.inference import __version__, options
from azure.ai.inference.options import __all__ as classes_of_options

project = "azure-ai-inference"
SUMMARY = "A Python client for AI models on Azure AI Foundry, Azure OpenAI and OpenAI-compatible servers."
author = "The azure-ai-inference maintainers"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.intersphinx", "sphinx_copybutton"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
nitpicky = True
default_role = "code"
nitpick_ignore_regex = [  # names of others, type variables, and types without a page: plain text
    ("py:.*", r"(?!azure\.ai\.inference\.).*"),
    ("py:class", r"azure\.ai\.inference\.(?:\w+\.)*_\w+\.\w+"),
]

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = f"azure-ai-inference {version}"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
copybutton_selector = "div:not(.highlight-text) > div.highlight > pre"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_inherit_docstrings = False
autodoc_default_options = {"members": True}
add_module_names = False
python_use_unqualified_type_names = True
maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"


def inventories(text: str) -> Dict[str, Tuple[str, Optional[str]]]:
    """Return the inventories in a text such as ``python=/usr/share/doc/python3/html``, separated by spaces.

    ``name=base,file`` names the file of an inventory whose pages are elsewhere.
    """
    mapping: Dict[str, Tuple[str, Optional[str]]] = {}
    for entry in text.split():
        name, _, place = entry.partition("=")
        base, _, file = place.partition(",")
        mapping[name] = (base, file or None)
    return mapping


#: Without the variable, names of other libraries are plain text, and the build needs no network.
intersphinx_mapping = inventories(os.environ.get("DOCS_INVENTORIES", ""))


def setup(app: Sphinx) -> None:
    """Connect the functions below."""
    app.connect("doctree-read", unlink_builtins)
    app.connect("missing-reference", link_builtins, priority=100)  # intersphinx comes later
    app.connect("autodoc-process-docstring", keywords_as_attributes)
    app.connect("autodoc-process-signature", shorten_constructors)
    app.connect("build-finished", write_llms_txt)


def unlink_builtins(app: Sphinx, tree: nodes.document) -> None:
    """Write out the module of built-in types in references, or fields of models with the same names are linked."""
    del app
    for reference in tree.findall(pending_xref):
        if reference.get("refdomain") == "py" and reference.get("reftarget") in vars(builtins):
            reference["reftarget"] = f"builtins.{reference['reftarget']}"


def link_builtins(app: Sphinx, env: Any, reference: pending_xref, text: nodes.TextElement) -> None:
    """Take the module away again, for the inventory of Python's documentation."""
    del app, env, text
    reference["reftarget"] = re.sub(r"^builtins\.", "", reference["reftarget"])


def keywords_as_attributes(*event: Any) -> None:
    """Document each keyword of a class in `azure.ai.inference.options` as an attribute, which can be linked to."""
    _, what, _, obj, _, lines = event
    if what != "class" or getattr(obj, "__module__", "") != options.__name__ or obj.__name__ not in classes_of_options:
        return
    types = obj.__annotations__
    head, *keywords = re.split(r"^:keyword (\w+): *", "\n".join(lines), flags=re.MULTILINE)
    bases = [f":class:`~{options.__name__}.{base.__name__}`" for base in bases_of(obj)]
    inherited = f"\nAlso the keywords of {' and '.join(bases)}.\n" if bases else ""
    text = f"{head.rstrip()}\n{inherited}"
    for key, meaning in zip(keywords[::2], keywords[1::2]):
        annotation = stringify_annotation(types[key], "smart")
        text += f"\n.. py:attribute:: {key}\n   :type: {annotation}\n\n   {' '.join(meaning.split())}\n"
    lines[:] = text.splitlines()


def shorten_constructors(*event: Any) -> Optional[Tuple[str, Optional[str]]]:
    """Leave out what programs do not construct with, and the settings of clients, which have a page of their own."""
    _, what, name, _, _, signature, returns = event
    if what != "class" or not signature:
        return None
    if re.search(r"\._\w+\.(Plan|Job|ToolLoop)\b", signature):
        return "()", returns
    if name.endswith("Client"):
        return re.sub(r", \*, .*(?=, \*\*kwargs: )", "", signature), returns
    return None


def bases_of(obj: Any) -> List[Any]:
    """Return the classes of keywords that a class extends; TypedDicts do not know on every Python."""
    keys = {kind: set(getattr(options, kind).__annotations__) for kind in classes_of_options}
    below = [kind for kind in keys if keys[kind] < keys[obj.__name__]]
    return [getattr(options, kind) for kind in below if not any(keys[kind] < keys[other] for other in below)]


def write_llms_txt(app: Sphinx, exception: Optional[Exception]) -> None:
    """Write `llms.txt`, a list of the pages, and beside each HTML page of prose its Markdown."""
    if exception or app.builder.name != "html":
        return
    out = Path(app.outdir)
    sections: Dict[str, List[str]] = {}
    for page in ordered_pages(app):
        address = address_of(app, page)
        if address.endswith(".md"):
            (out / address).parent.mkdir(parents=True, exist_ok=True)
            (out / address).write_text(markdown_of(app, page), encoding="utf-8")
        title = app.env.titles[page].astext()
        tree = app.env.get_doctree(page)
        first = next((paragraph.astext() for paragraph in tree.findall(nodes.paragraph)), "")
        summary = re.split(r"(?<=[.?!])\s", " ".join(first.split()))[0].rstrip(":")
        section = page.partition("/")[0].capitalize() if "/" in page else "Start"
        sections.setdefault(section, []).append(f"- [{title}]({address}): {summary}\n")
    parts = [f"# {project}\n\n> {SUMMARY}\n"]
    parts += [f"\n## {section}\n\n{''.join(entries)}" for section, entries in sections.items()]
    (out / "llms.txt").write_text("".join(parts), encoding="utf-8")


def address_of(app: Sphinx, page: str) -> str:
    """Return the address of a page in `llms.txt`: its Markdown if it is prose."""
    source = Path(app.env.doc2path(page))
    is_prose = source.suffix == ".md" and "{include}" not in source.read_text(encoding="utf-8")
    return f"{page}.md" if is_prose else f"{page}.html"


def markdown_of(app: Sphinx, page: str) -> str:
    """Return the Markdown of a page, with links to what is built: pages, and copies of files such as samples."""
    folder = posixpath.dirname(page)
    copies = {Path(path).as_posix(): Path(copy).as_posix() for path, (_, copy) in app.env.dlfiles.items()}

    def built(found: "re.Match[str]") -> str:
        target = posixpath.normpath(posixpath.join(folder, found["path"]))
        name = posixpath.splitext(target)[0]
        if target not in copies and name not in app.env.found_docs:
            return found[0]  # not a link, but code that shows one
        address = f"_downloads/{copies[target]}" if target in copies else address_of(app, name)
        return f"]({posixpath.relpath(address, folder or '.')}{found['heading'] or ''})"

    link = r"\]\((?!#|[a-z]+:)(?P<path>[^)#\s]+)(?P<heading>#[^)\s]+)?\)"
    return re.sub(link, built, Path(app.env.doc2path(page)).read_text(encoding="utf-8"))


def ordered_pages(app: Sphinx) -> List[str]:
    """Return the pages in the order of the table of contents, without the first."""
    root = app.config.root_doc
    found: List[str] = []
    for page in app.env.toctree_includes.get(root, []):
        found += [page, *app.env.toctree_includes.get(page, [])]
    return list(dict.fromkeys(found))
