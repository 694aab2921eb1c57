"""How the API reference is made of the docstrings: `nox -s docs`."""

import builtins

from docutils.nodes import document
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

from azure.ai.inference import __version__

project = "azure-ai-inference"
author = "The azure-ai-inference maintainers"
version = release = __version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.viewcode"]
html_theme = "furo"
html_title = f"azure-ai-inference {version}"
html_show_copyright = False
html_show_sphinx = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_inherit_docstrings = False
autodoc_default_options = {"members": True, "undoc-members": False}
add_module_names = False
python_use_unqualified_type_names = True
maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"


def setup(app: Sphinx) -> None:
    """Keep names of built-in types from linking to fields of models that have the same names."""
    app.connect("doctree-read", unlink_builtins)


def unlink_builtins(app: Sphinx, tree: document) -> None:
    """Write out the module of built-in types in references, which then have no target."""
    del app
    for reference in tree.findall(pending_xref):
        if reference.get("refdomain") == "py" and reference.get("reftarget") in vars(builtins):
            reference["reftarget"] = f"builtins.{reference['reftarget']}"
