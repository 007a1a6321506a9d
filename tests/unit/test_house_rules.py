"""Rules of the house that no linter knows, checked over the whole tree."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
MODULES = [
    *SOURCES,
    *(path for folder in ("tests", "tools") for path in sorted((ROOT / folder).rglob("*.py"))),
]
KINDS = (".py", ".rego", ".md", ".toml", ".txt", ".json", ".tcss", ".yaml", "")
FOLDERS = (
    "src",
    "tests",
    "tools",
    "docs",
    "requirements",
    ".ci",
    "policies",
    "workflows",
    "admission",
)
TEXTS = [
    path
    for path in (
        *sorted(ROOT.iterdir()),
        *(
            path
            for folder in (
                "src",
                "tests",
                "tools",
                "docs",
                "requirements",
                ".ci",
                "policies",
                "workflows",
            )
            for path in sorted((ROOT / folder).rglob("*"))
        ),
    )
    if path.is_file()
    and path.suffix in KINDS
    and path.name not in ("LICENSE", ".git")  # of a worktree, .git is a file
    and "__pycache__" not in path.parts
]

MOST_LINES = 450
SHOW_TEXT = frozenset({"Static", "Label", "Button", "Link", "Digits", "Checkbox", "RadioButton"})
"""Textual's widgets whose first argument, if it is a str, is read as markup."""
UPDATES = frozenset({"update", "set_label"})


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_what_it_is_for_and_evaluates_no_annotations(path: Path) -> None:
    text = path.read_text("utf-8")
    if not text.strip():
        assert path.name == "__init__.py", "only a package may be empty"
        return
    tree = ast.parse(text)
    if path in SOURCES:
        assert ast.get_docstring(tree), "a module begins with a docstring"
    if len(tree.body) == 1 or all(isinstance(node, ast.Expr | ast.Assign) for node in tree.body):
        return
    futures = [
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    ]
    assert "annotations" in futures


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


MACHINE = re.compile(r"(?<![\w.~-])/(?:work|root|home|Users|var/tmp)/\w")
REGISTRY = re.compile(
    "|".join(
        (
            r"py" + r"pi\.org",
            r"python" + r"hosted",
            r"npm" + r"js\.",
            r"regis" + r"try\.(?!example\.)[\w-]+\.\w+",
            r"crat" + r"es\.io",
            r"proxy\.go" + r"lang",
            r"--(?:extra-)?index" + r"-url[ =]",
            r"index-url *=",
        )
    )
)


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_nothing_names_a_package_registry_or_a_folder_of_one_machine(path: Path) -> None:
    text = path.read_text("utf-8", errors="replace")  # zone data is not text
    for number, line in enumerate(text.splitlines(), 1):
        assert not REGISTRY.search(line), f"line {number} names a package registry"
        assert not MACHINE.search(line), f"line {number} names a folder of one machine"


def text_is_literal(node: ast.expr) -> bool:
    """Whether an expression is text that stands in the source, or no text at all."""
    match node:
        case ast.Constant():
            return "[" not in str(node.value)
        case ast.IfExp(body=body, orelse=other):
            return text_is_literal(body) and text_is_literal(other)
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name in ("Text", "Content", "styled", "from_text", "assemble", "from_rich_text")
        case _:
            return False


def called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
    return ""


def has_markup_off(node: ast.Call) -> bool:
    return any(
        keyword.arg == "markup"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is False
        for keyword in node.keywords
    )


def markup_of(tree: ast.AST) -> Iterator[str]:
    """Yield what may hand text to Textual as markup: where, and what to write instead."""
    bases = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id in SHOW_TEXT for base in node.bases)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        where = f"line {node.lineno}"
        name = called(node)
        if name == "notify" and not has_markup_off(node):
            yield f"{where}: notify(..., markup=False)"
        if name == "from_markup":
            yield f"{where}: from_markup; put the parts together with Content.assemble"
        if name in SHOW_TEXT | bases and node.args and not has_markup_off(node):
            first = node.args[0]
            if isinstance(first, ast.JoinedStr) or (
                isinstance(first, ast.Constant) and not text_is_literal(first)
            ):
                yield f"{where}: {name} of a str is markup; hand it a Content"
        if any(
            keyword.arg == "markup"
            and isinstance(keyword.value, ast.Constant)
            and keyword.value.value is True
            for keyword in node.keywords
        ):
            yield f"{where}: markup=True"
        if name in UPDATES and node.args and isinstance(node.args[0], ast.JoinedStr):
            yield f"{where}: {name} of an f-string is markup; hand it a Content"


FACES = [path for path in SOURCES if {"screens", "widgets"} & set(path.parts)]
FACES += [ROOT / "src" / "argotui" / "app.py"]


@pytest.mark.parametrize("path", FACES, ids=name_of)
def test_no_text_reaches_a_widget_as_markup(path: Path) -> None:
    assert list(markup_of(tree_of(path))) == []


@pytest.mark.parametrize(
    "source",
    [
        'self.notify("x")',
        "self.notify(text, markup=True)",
        'Static(f"{name} failed")',
        'Label("[b]bold[/b]")',
        'self.query_one(Static).update(f"{name}")',
        "Content.from_markup(text)",
        'class Note(Static): ...\nNote(f"{name}")',
    ],
)
def test_the_check_for_markup_finds_what_it_is_for(source: str) -> None:
    assert list(markup_of(ast.parse(source)))


_PLURAL = re.compile(r" (?:(?:more|other|open) )?[a-z]+s\b(?<! is)(?<! has)(?<! was)(?<! does)")
_NUMBERS = frozenset({"count", "number", "total", "left", "hidden", "gates"})


def _uncounted(tree: ast.Module) -> Iterator[int]:
    """Yield the line of each text in which a number stands before a plural that is always one."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        for value, after in itertools.pairwise(node.values):
            if not isinstance(value, ast.FormattedValue) or not isinstance(after, ast.Constant):
                continue
            said = value.value
            is_length = isinstance(said, ast.Call) and ast.unparse(said.func) == "len"
            grouped = value.format_spec is not None and ast.unparse(value.format_spec) == "f','"
            named = isinstance(said, ast.Name | ast.Attribute)
            is_number = named and ast.unparse(said).rpartition(".")[2] in _NUMBERS
            if (is_length or grouped or is_number) and _PLURAL.match(str(after.value)):
                yield node.lineno


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_number_of_things_is_said_by_counted(path: Path) -> None:
    assert not [f"line {line}" for line in _uncounted(tree_of(path))]


@pytest.mark.parametrize(
    "source", ['f"{len(x)} gates"', 'f"{x.total:,} lines of it"', 'f"a {count} more files"']
)
def test_the_check_for_numbers_finds_what_it_is_for(source: str) -> None:
    assert list(_uncounted(ast.parse(source)))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_the_command_line_and_the_faces_know_their_libraries(path: Path) -> None:
    parts = set(path.relative_to(ROOT / "src" / "argotui").parts)
    tree = tree_of(path)
    imported = {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        (node.module or "").partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    if "click" in imported:
        assert "cli" in parts
    if "textual" in imported:
        assert parts & {"screens", "widgets", "app.py", "themes.py", "console_app.py"}


MODULE_NAMES = {
    ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__"): path
    for path in SOURCES
}


def imports_of(tree: ast.AST, modules: Collection[str]) -> set[str]:
    """Return the modules that a module imports anywhere, also in functions and for type checks."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name if name in modules else node.module)
    return found & set(modules)


def circles_of(imports: Mapping[str, set[str]]) -> list[set[str]]:
    """Return the sets of modules that import each other, directly or through others."""
    reached: dict[str, set[str]] = {}
    for start in imports:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for name in imports[waiting.pop()] - seen:
                seen.add(name)
                waiting.append(name)
        reached[start] = seen
    circles: list[set[str]] = []
    for name, seen in reached.items():
        circle = {other for other in seen if name in reached[other]}
        if name in seen and circle not in circles:
            circles.append(circle)
    return circles


def test_no_module_imports_itself_through_others() -> None:
    imports = {
        name: imports_of(tree_of(path), MODULE_NAMES) - {name}
        for name, path in MODULE_NAMES.items()
    }
    assert [sorted(each) for each in circles_of(imports)] == []


def test_the_check_for_circles_finds_what_it_is_for() -> None:
    source = """
if TYPE_CHECKING:
    from one.two import three
def late():
    import one.four
"""
    assert imports_of(ast.parse(source), {"one.two", "one.two.three", "one.four"}) == {
        "one.two.three",
        "one.four",
    }
    imports = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}
    assert circles_of(imports) == [{"a", "b", "c"}]


def base_name(base: ast.expr) -> str:
    match base:
        case ast.Subscript(value=value):
            return base_name(value)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def only_children(trees: Iterable[ast.Module]) -> dict[str, str]:
    """Return each class of ours that has exactly one subclass, with that one.

    Protocols and exceptions are left out: a port may have one adapter, an error one special case.
    """
    classes = [
        (node.name, [base_name(base) for base in node.bases])
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    bases = dict(classes)

    def descends_from(name: str, wanted: Collection[str]) -> bool:
        return name in wanted or any(descends_from(base, wanted) for base in bases.get(name, ()))

    children: dict[str, list[str]] = {}
    for name, above in classes:
        for base in above:
            children.setdefault(base, []).append(name)
    return {
        base: below[0]
        for base, below in children.items()
        if len(below) == 1
        and base in bases
        and "Protocol" not in bases[base]
        and not descends_from(base, {"Exception", "BaseException"})
    }


def test_no_base_class_has_exactly_one_child() -> None:
    assert only_children(tree_of(path) for path in SOURCES) == {}


def test_the_check_for_base_classes_finds_what_it_is_for() -> None:
    source = """
class Port(Protocol[T]): ...
class Adapter(Port[int]): ...
class Wrong(Exception): ...
class Worse(Wrong): ...
class Part(Generic[T]): ...
class Whole(Part[int]): ...
class Shape: ...
class Square(Shape): ...
class Circle(Shape): ...
"""
    assert only_children([ast.parse(source)]) == {"Part": "Whole"}


PRIVATE_TO_TEXTUAL = frozenset(
    {
        "_batch_count",
        "_check_bindings",
        "_close_messages_no_wait",
        "_color_system",
        "_compositor",
        "_display",
        "_driver",
        "_fatal_error",
        "_filters",
        "_handle_exception",
        "_on_key",
        "_on_paste",
        "_running",
        "_skip",
    }
)
"""Names that Textual and Rich keep to themselves, and that argotui has a use for."""
INTERNALS = ROOT / "src" / "argotui" / "widgets" / "textual_internals.py"
BACKGROUND = ROOT / "src" / "argotui" / "widgets" / "background.py"


def privates_of(tree: ast.AST) -> Iterator[str]:
    """Yield the private parts of Textual that a module imports, calls or overrides."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module)) if "textual._" in module:
                yield module
            case ast.Attribute(attr=name, value=ast.Name(id=owner)) if (
                name in PRIVATE_TO_TEXTUAL and owner not in ("self", "cls")
            ):
                yield name
            case ast.Attribute(attr=name, value=ast.Call()) if name in PRIVATE_TO_TEXTUAL:
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if (
                name in PRIVATE_TO_TEXTUAL
            ):
                yield name
            case _:
                pass


@pytest.mark.parametrize("path", [path for path in FACES if path != INTERNALS], ids=name_of)
def test_private_parts_of_textual_stand_in_one_module(path: Path) -> None:
    assert list(privates_of(tree_of(path))) == []


@pytest.mark.parametrize(
    "source",
    [
        "from textual._compositor import ChopsUpdate",
        "async def f(app): await app._check_bindings('a')",
        "class A(App):\n    def _fatal_error(self): super()._fatal_error()",
    ],
)
def test_the_check_for_private_parts_finds_what_it_is_for(source: str) -> None:
    assert list(privates_of(ast.parse(source)))


@pytest.mark.parametrize("path", [path for path in FACES if path != BACKGROUND], ids=name_of)
def test_no_worker_fails_without_a_word(path: Path) -> None:
    assert not [
        f"line {node.lineno}"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.keyword) and node.arg == "exit_on_error"
    ], "use argotui.widgets.background"


OLD_NAMES = re.compile(
    r"\b(?:Gatehouse|GateDoors|NamespaceDoors|Desk|desk_of|open_desk|Standing|standing_of|Sight|Hydrator"
    r"|salvage|TOMBSTONES|Surroundings|kept_words|KeptWords|side_doors|LogAsk|uncollected|at_the_last)\b"
)
"""Names that stood for a metaphor; those of Kubernetes, Argo and Python took their places."""


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_old_name_comes_back(path: Path) -> None:
    if path != Path(__file__):
        assert OLD_NAMES.findall(path.read_text("utf-8")) == []
