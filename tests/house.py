"""Whether the house is in order: `python -m tests.house` prints its figures and what is wrong.

- No two modules of `portal/` import each other, by whatever way round, not even for types.
- No two public classes in `portal/` share a name, nor do what two modules keep with the app.
- No module is longer than LONGEST lines, and the median is below MEDIAN.
- One provider never imports another, and what providers share knows none of them.

The direction of imports is held by import-linter (`pyproject.toml`), which `make check` runs too.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

import grimp

from portal.providers import ADAPTERS

PACKAGE = Path(__file__).parent.parent / "portal"
LONGEST = 300
MEDIAN = 100


def lengths(package: Path = PACKAGE) -> dict[str, int]:
    """How many lines each module has, by its path below the package."""
    modules = package.rglob("*.py")
    return {str(m.relative_to(package)): m.read_text().count("\n") for m in modules}


def imports() -> dict[str, set[str]]:
    """What each module imports of the package."""
    graph = grimp.build_graph(PACKAGE.name, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def circle(imported: dict[str, set[str]]) -> list[str]:
    """Modules that import each other all the way round; none where there is no such circle."""
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found[::-1]
    return []


def strays(imported: dict[str, set[str]]) -> list[str]:
    """Imports of a provider's folder by the rest of `portal.providers`."""

    def folder(module: str) -> str:
        parts = f"{module}..".split(".")
        return parts[2] if parts[1] == "providers" and parts[2] in ADAPTERS else ""

    return [
        f"{module} imports {other}"
        for module, found in imported.items()
        if module.startswith("portal.providers")
        for other in sorted(found)
        if folder(other) not in {"", folder(module)}
    ]


def shared_names(package: Path = PACKAGE) -> dict[str, list[str]]:
    """The public classes that stand in more than one module, and the names of what is kept."""
    places = defaultdict(list)
    for module in sorted(package.rglob("*.py")):
        tree = ast.parse(module.read_text())
        for name in [*public_classes(tree), *sorted(set(kept_with_the_app(tree)))]:
            places[name].append(str(module.relative_to(package)))
    return {name: found for name, found in places.items() if len(found) > 1}


def public_classes(tree: ast.Module) -> list[str]:
    """Those of a module."""
    found = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    return [name for name in found if not name.startswith("_")]


def kept_with_the_app(tree: ast.Module) -> Iterator[str]:
    """Under which names a module puts something into `app.extensions`."""
    words = {
        target.id: value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target, value in zip(node.targets, [node.value], strict=False)
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=kept, attr="setdefault"), args=[key, *_]):
                pass
            case ast.Subscript(value=kept, slice=key, ctx=ast.Store()):
                pass
            case _:
                continue
        name = words.get(key.id) if isinstance(key, ast.Name) else getattr(key, "value", None)
        if isinstance(kept, ast.Attribute) and kept.attr == "extensions" and name:
            yield f"extensions[{name!r}]"


def faults() -> Iterator[str]:
    """What is not in order, a sentence each."""
    if found := circle(imports()):
        yield f"These modules import each other: {' → '.join(found)}"
    yield from strays(imports())
    for name, places in shared_names().items():
        yield f"{name} stands for several things: {', '.join(places)}"
    lines = lengths()
    for module, number in lines.items():
        if number > LONGEST:
            yield f"{module} has {number} lines; {LONGEST} are the most"
    if (middle := median(lines.values())) >= MEDIAN:
        yield f"The median module has {middle:g} lines; it is to be below {MEDIAN}"


def main() -> int:
    """Print the figures and the faults; returns 1 where there are any."""
    lines, imported = lengths(), imports()
    print(f"{len(lines)} modules, {sum(lines.values())} lines, median {median(lines.values()):g},")
    print(f"the longest {max(lines, key=lines.__getitem__)} with {max(lines.values())},")
    print(f"{sum(map(len, imported.values()))} imports between modules.")
    found = list(faults())
    print("\n".join(found) or "No circle, no name twice, no module too long.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
