"""The shape of the code: short functions, small modules, imports at the top, errors that are not swallowed, nothing pretended."""

import ast

import pytest

from tests.architecture.source import Module, modules

FUNCTION_LINES = 70
MODULE_LINES = 300

#: Functions that may import, each with its reason.
LATE_IMPORTS: dict[str, str] = {}

#: Modules over 300 lines, each with its reason.
LONG_MODULES: dict[str, str] = {}

#: Functions that catch everything and pass it on without a raise, each with its reason.
PASSED_ON: dict[str, str] = {
    "regulars.storefront.routes.door.answer": "None makes Flask answer the same request: it meets the fault again, says it and logs it",
}

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def long_functions(module: Module) -> list[str]:
    """Functions over 70 lines, with their length."""
    found = [(f"{place}.{_name(node)}", _length(node)) for place, node in module.places(*_FUNCTIONS)]
    return [f"{name}: {length} lines" for name, length in found if length > FUNCTION_LINES]


def late_imports(module: Module) -> list[str]:
    """Functions that import."""
    functions = {f"{place}.{_name(node)}" for place, node in module.places(*_FUNCTIONS)}
    return sorted({place for place, _ in module.places(ast.Import, ast.ImportFrom) if place in functions})


def swallowed(module: Module) -> list[str]:
    """Places that catch everything and at most write a log line."""
    return [
        f"{place}, line {handler.lineno}"
        for place, handler in module.places(ast.ExceptHandler)
        if isinstance(handler, ast.ExceptHandler) and _catches_all(handler) and all(map(_is_shrug, handler.body))
    ]


def pretended(module: Module) -> list[str]:
    """Functions that say they will be written one day."""
    raises = [place for place, node in module.places(ast.Raise) if "NotImplemented" in ast.unparse(node)]
    empty = [
        f"{place}.{_name(node)}"
        for place, node in module.places(*_FUNCTIONS)
        if _says_nothing(node) and place not in _protocols(module)
    ]
    return raises + empty


def _name(node: ast.AST) -> str:
    return str(getattr(node, "name", ""))


def _length(node: ast.AST) -> int:
    return int(getattr(node, "end_lineno", 0)) - int(getattr(node, "lineno", 0)) + 1


def _catches_all(handler: ast.ExceptHandler) -> bool:
    caught = ast.unparse(handler.type) if handler.type else ""
    return caught in {"", "Exception", "BaseException"}


def _is_shrug(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass | ast.Continue | ast.Break):
        return True
    if isinstance(statement, ast.Return):
        return statement.value is None or isinstance(statement.value, ast.Constant)
    called = ast.unparse(statement.value.func) if _is_call(statement) else ""  # type: ignore[attr-defined]
    return called.partition(".")[0] in {"log", "logger", "logging", "_log", "_logger", "print"} or ".logger." in called


def _is_call(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)


def _says_nothing(node: ast.AST) -> bool:
    """A body of `...` alone, or `pass` without even a docstring; overloads are declarations."""
    decorators = [ast.unparse(decorator) for decorator in getattr(node, "decorator_list", [])]
    if any(name.endswith(("overload", "abstractmethod")) for name in decorators):
        return False
    body = [statement for statement in getattr(node, "body", []) if not _is_docstring(statement)]
    bare = len(body) == len(getattr(node, "body", []))
    return all(_is_ellipsis(statement) or (bare and isinstance(statement, ast.Pass)) for statement in body) and bool(
        body
    )


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _is_ellipsis(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and statement.value.value is ...
    )


def _protocols(module: Module) -> set[str]:
    return {
        f"{place}.{_name(node)}"
        for place, node in module.places(ast.ClassDef)
        if any("Protocol" in ast.unparse(base) for base in getattr(node, "bases", []))
    }


def test_no_function_is_over_70_lines() -> None:
    assert [line for module in modules() if not module.is_migration for line in long_functions(module)] == []


def test_no_module_is_over_300_lines() -> None:
    sizes = {module.name: module.text.count("\n") for module in modules() if not module.is_migration}
    long = {name: size for name, size in sizes.items() if size > MODULE_LINES}
    assert long.keys() == LONG_MODULES.keys(), long


def test_imports_stand_at_the_top() -> None:
    assert {place for module in modules() for place in late_imports(module)} == LATE_IMPORTS.keys()


def test_no_error_is_swallowed() -> None:
    shrugs = [place for module in modules() for place in swallowed(module)]
    assert {place.partition(",")[0] for place in shrugs} == PASSED_ON.keys(), shrugs
    assert len(shrugs) == len(PASSED_ON), shrugs


def test_nothing_is_pretended() -> None:
    assert [place for module in modules() if not module.is_migration for place in pretended(module)] == []


def test_a_long_function_is_found() -> None:
    lines = "\n".join(f"    x = {number}" for number in range(70))
    assert long_functions(Module("shop", f"def longest():\n{lines}")) == ["shop.longest: 71 lines"]


def test_an_import_inside_a_function_is_found() -> None:
    assert late_imports(Module("shop", "class A:\n    def b(self):\n        import numpy")) == ["shop.A.b"]


@pytest.mark.parametrize(
    "body", ["pass", "logger.exception('x')", "current_app.logger.warning('x')\n    return None", "return False"]
)
def test_an_error_that_is_only_logged_is_found(body: str) -> None:
    assert swallowed(Module("shop", f"def f():\n  try:\n    g()\n  except Exception as error:\n    {body}")) == [
        "shop.f, line 4"
    ]


def test_an_error_that_is_recorded_is_fine() -> None:
    assert swallowed(Module("shop", "try:\n  g()\nexcept Exception as error:\n  row.fail(error)")) == []


@pytest.mark.parametrize("body", ["...", "pass", "raise NotImplementedError", "'''Pay out.'''\n  ..."])
def test_a_function_that_pretends_is_found(body: str) -> None:
    assert pretended(Module("shop", f"def pay():\n  {body}"))


@pytest.mark.parametrize(
    "text", ["class Store(Protocol):\n  def pay(self): ...", "@overload\ndef pay(): ...", "def pay(): 'Nothing to do.'"]
)
def test_a_declaration_does_not_pretend(text: str) -> None:
    assert pretended(Module("shop", text)) == []
