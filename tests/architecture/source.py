"""The project's own source as syntax trees, for the checks of this folder."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "regulars": ROOT / "plugin" / "regulars",
    "regulars_webhooks": ROOT / "webhooks" / "regulars_webhooks",
    "regulars_admin": ROOT / "admin" / "regulars_admin",
}


@dataclass(frozen=True)
class Module:
    """One module of the three packages, by its dotted name."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @property
    def last(self) -> str:
        """The last part of its name; a package's is `__init__`."""
        return self.name.rpartition(".")[2]

    @property
    def is_migration(self) -> bool:
        """Whether it is written once and never changed."""
        return self.name.startswith("regulars.migrations.")

    def places(self, *kinds: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
        """Each node of these kinds, with the dotted name of the function or class that it stands in."""
        yield from _places(self.tree, self.name, kinds)


def modules() -> list[Module]:
    """Every module of the three packages; `package.__init__` for a package itself."""
    return [
        Module(".".join((package, *path.relative_to(folder).with_suffix("").parts)), path.read_text(encoding="utf-8"))
        for package, folder in PACKAGES.items()
        for path in sorted(folder.rglob("*.py"))
    ]


def imports(module: Module) -> set[str]:
    """The dotted names a module imports when it runs: for `from a import b` both `a` and `a.b`."""
    names: set[str] = set()
    for node in _running(module.tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _places(node: ast.AST, place: str, kinds: tuple[type[ast.AST], ...]) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, kinds):
            yield place, child
        inside = place
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = f"{place}.{child.name}"
        yield from _places(child, inside, kinds)


def _running(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes but those under `if TYPE_CHECKING:`, which never run."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        yield node
        if not (isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")):
            todo.extend(ast.iter_child_nodes(node))
