"""The long description and the dependencies of the built package."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest

PROJECT = Path(__file__).parent.parent
BASE = "https://host.example/project/blob/main/"
README = """# Title

[Changes](CHANGELOG.md), [samples](samples/README.md "Samples"), [below](#below), [Azure](https://azure.example/a).
[![picture](docs/run.svg)](docs/index.rst) and ![picture](docs/run.svg), `[code](x)`, ``a ` [code](x)``.

```markdown
[code](CHANGELOG.md)
```

See [*two
lines*](docs/a.md#part).
"""


@pytest.fixture(scope="module")
def hook() -> Any:
    """Return the module of hatchling's metadata hook."""
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("long_description", PROJECT / ".ci" / "long_description.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def metadata_of(hook: Any, folder: Path, **config: str) -> Dict[str, Any]:
    """Return the metadata that the hook sets for a project in a folder."""
    (folder / "README.md").write_text(README, "utf-8")
    metadata: Dict[str, Any] = {}
    hook.LongDescriptionHook(str(folder), config).update(metadata)
    return metadata


def test_without_an_address(hook: Any, tmp_path: Path) -> None:
    """Without an address, the page of the package has no links that lead nowhere, and no address."""
    assert metadata_of(hook, tmp_path) == {
        "readme": {
            "content-type": "text/markdown",
            "text": """# Title

Changes, samples, [below](#below), [Azure](https://azure.example/a).
picture and picture, `[code](x)`, ``a ` [code](x)``.

```markdown
[code](CHANGELOG.md)
```

See *two
lines*.
""",
        },
        "urls": {},
    }


@pytest.mark.parametrize("base", [BASE, BASE.rstrip("/")], ids=["slash", "no slash"])
def test_with_an_address(hook: Any, tmp_path: Path, base: str) -> None:
    """With an address, relative links of the README work on the page of the package."""
    assert metadata_of(hook, tmp_path, **{"base-address": base}) == {
        "readme": {
            "content-type": "text/markdown",
            "text": f"""# Title

[Changes]({BASE}CHANGELOG.md), [samples]({BASE}samples/README.md "Samples"), [below](#below), [Azure](https://azure.example/a).
[![picture]({BASE}docs/run.svg)]({BASE}docs/index.rst) and ![picture]({BASE}docs/run.svg), `[code](x)`, ``a ` [code](x)``.

```markdown
[code](CHANGELOG.md)
```

See [*two
lines*]({BASE}docs/a.md#part).
""",
        },
        "urls": {"Source": BASE, "Changelog": f"{BASE}CHANGELOG.md"},
    }


def test_readme_links_to_files_that_exist(hook: Any) -> None:
    """A relative link of the README leads to a file of the project, and none is left in the long description."""
    readme = (PROJECT / "README.md").read_text("utf-8")
    linked = set(re.findall(rf"\]\({re.escape(BASE)}([^)#\s]+)", hook.long_description(readme, BASE)))

    assert {name for name in linked if not (PROJECT / name).exists()} == set()
    assert linked
    assert not re.search(r"^[^`]*\]\((?!#|[a-z]+:)", hook.long_description(readme, ""), re.MULTILINE)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib came with Python 3.11")
def test_groups_list_tools_only() -> None:
    """No dependency group installs this distribution, which not every installer finds by its name."""
    import tomllib  # type: ignore[import-not-found,unused-ignore]  # Python 3.11

    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    groups: Dict[str, List[str]] = project["dependency-groups"]

    assert sorted(groups) == ["dev", "docs"]
    assert [name for group in groups.values() for name in group if "azure" in name] == []
    assert {"dev", "docs"}.isdisjoint(project["project"]["optional-dependencies"])
    assert "test" in project["project"]["optional-dependencies"]
