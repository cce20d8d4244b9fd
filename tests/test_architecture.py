"""Imports point one way, one module writes, data never becomes code: read off the syntax trees of all modules."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ["models_keras", "models_tf", "strategies", "utils"]
FILES = [
    "framework.py",
    "hparams.py",
    *(str(p.relative_to(ROOT)) for name in PACKAGES for p in sorted((ROOT / name).rglob("*.py"))),
]
ALLOWED = {
    "framework": {"hparams", "strategies", "models_keras", "models_tf", "utils"},
    "hparams": {"utils"},
    "models_keras": {"models_keras", "utils"},
    "models_tf": {"models_tf", "utils"},
    "strategies": {"strategies", "utils"},
    "utils": {"utils"},
}
TOP_LEVEL = {
    "framework.py", "hparams.py", "params", "models_keras", "models_tf", "strategies", "utils", "outputs", "tests", "docs",
    "README.md", "CHANGELOG.md", "LICENSE", "Makefile", "pyproject.toml",
}  # fmt: skip
every_file = pytest.mark.parametrize("file", FILES)


@cache
def tree_of(file):
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def nodes_of(file, kind):
    return [node for node in ast.walk(tree_of(file)) if isinstance(node, kind)]


def module_of(file):
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


MODULES = {module_of(file) for file in FILES}


def only_for_types(file):
    """The import nodes that no run executes."""
    guarded = [node for node in nodes_of(file, ast.If) if ast.unparse(node.test).endswith("TYPE_CHECKING")]
    return {inner for node in guarded for statement in node.body for inner in ast.walk(statement)}


def imports_of(file, *, executed=False):
    """Modules that `file` imports, also inside functions; `from a import b` counts as a.b where that is a module."""
    left_out, found = only_for_types(file) if executed else set(), set()
    for node in nodes_of(file, (ast.Import, ast.ImportFrom)):
        if node in left_out:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        else:
            assert node.level == 0, f"{file}:{node.lineno}: relative import"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in names}
    return found - {"__future__"}


def top(module):
    return module.partition(".")[0]


def called(node):
    return ast.unparse(node.func)


@every_file
def test_imports_point_one_way(file):
    own = {top(module) for module in imports_of(file)} & {"framework", "hparams", "tests", *PACKAGES}
    assert own <= ALLOWED[top(module_of(file))]


def test_no_module_imports_itself_in_a_circle():
    arrows = {module_of(file): {name for name in imports_of(file, executed=True) if name in MODULES} for file in FILES}
    while leaves := [module for module, targets in arrows.items() if not targets & arrows.keys()]:
        for module in leaves:
            del arrows[module]
    assert arrows == {}


@every_file
def test_tensorflow_lives_in_models_alone(file):
    heavy = {top(module) for module in imports_of(file, executed=True)} & {"tensorflow", "keras", "tf_keras", "torch", "jax"}
    assert not heavy or file.startswith("models_")


@pytest.mark.parametrize("file", [file for file in FILES if file.startswith("strategies/")])
def test_strategies_need_little(file):
    allowed = {"numpy", "scipy", "sklearn", "threadpoolctl", "pydantic", "utils", "strategies", *sys.stdlib_module_names}
    assert {top(module) for module in imports_of(file)} <= allowed


WRITING_METHODS = {
    "write_text", "write_bytes", "touch", "mkdir", "unlink", "rmdir", "rename", "replace", "symlink_to", "hardlink_to",
    "tofile", "chmod", "to_csv", "to_json", "to_pickle", "to_parquet", "to_excel", "savefig", "imsave", "save", "save_weights",
    "export", "dump",
}  # fmt: skip
WRITING_CALLS = {
    "np.save", "np.savez", "np.savez_compressed", "np.savetxt", "soundfile.write", "sf.write", "tempfile.mkdtemp",
    "tempfile.mkstemp", "tempfile.NamedTemporaryFile", "tempfile.TemporaryDirectory",
}  # fmt: skip
OS_MUTATORS = {
    "remove", "unlink", "rename", "replace", "mkdir", "makedirs", "rmdir", "removedirs", "write", "truncate", "ftruncate",
    "link", "symlink", "chmod", "chown", "mkfifo", "renames", "utime",
}  # fmt: skip
SHUTIL_READERS = {"disk_usage", "which", "get_terminal_size"}
OWN = {"files", "store"}
"""Our own writers: the module itself, and the store of initial models, which writes through it."""


def in_memory(file):
    """Names that hold a buffer in memory."""
    buffers = {"io.BytesIO()", "io.StringIO()", "BytesIO()", "StringIO()"}
    assigned = {ast.unparse(node.targets[0]) for node in nodes_of(file, ast.Assign) if ast.unparse(node.value) in buffers}
    entered = {ast.unparse(i.optional_vars) for i in nodes_of(file, ast.withitem) if ast.unparse(i.context_expr) in buffers}
    return assigned | entered


def inside_replacing(file):
    """Every node within a `with files.replacing(…)`, where a library writes to the temporary path that it was given."""
    blocks = [
        node
        for node in nodes_of(file, ast.With)
        if any(ast.unparse(item.context_expr).startswith("files.replacing(") for item in node.items)
    ]
    return {inner for block in blocks for inner in ast.walk(block)}


def mode_of(node):
    """The mode of a call of `open`, the built-in or that of a path."""
    position = 1 if isinstance(node.func, ast.Name) else 0
    given = [keyword.value for keyword in node.keywords if keyword.arg == "mode"] or node.args[position : position + 1]
    return ast.literal_eval(given[0]) if given and isinstance(given[0], ast.Constant) else ("?" if given else "r")


def is_text(node):
    """Whether `.replace(a, b)` is that of a text: a path's takes one argument."""
    return len(node.args) == 2


def writes(node, buffers):  # noqa: PLR0911
    """Whether the call may change the disk."""
    name = called(node)
    owner, _, method = name.rpartition(".")
    first = ast.unparse(node.args[0]) if node.args else ""
    if owner in OWN:
        return False
    if name == "os.open":
        return first != "os.devnull"
    if method == "open":
        return isinstance(mode := mode_of(node), str) and bool(set(mode) & set("wax+?"))
    if owner == "os":
        return method in OS_MUTATORS
    if owner == "shutil":
        return method not in SHUTIL_READERS
    if name in WRITING_CALLS:
        return True
    if method == "to_csv":
        return bool(node.args) and first not in buffers
    if method == "replace":
        return not is_text(node) and not node.keywords
    return method in WRITING_METHODS and first not in buffers


ENGINES_OWN = {"save_weights", "engine.save_weights", "self._engine.save_weights", "engine.export", "self.engine.save_weights"}
"""Methods of a learning engine: they write inside `files.replacing`, which this test sees where they are defined."""


@pytest.mark.parametrize("file", [file for file in FILES if file != "utils/files.py"])
def test_only_files_py_writes(file):
    buffers, sheltered = in_memory(file), inside_replacing(file)
    found = [
        f"{file}:{node.lineno}: {ast.unparse(node)}"
        for node in nodes_of(file, ast.Call)
        if node not in sheltered and called(node) not in ENGINES_OWN and writes(node, buffers)
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "open(p, 'w')", "open(p, mode='ab')", "p.open('x')", "p.open('r+')", "open(p, m)", "io.open(p, 'w')", "p.write_text(t)",
        "p.unlink()", "p.replace(q)", "np.save(p, x)", "frame.to_csv(p)", "figure.savefig(p)", "shutil.rmtree(p)",
        "os.remove(p)", "os.open(p, flags)", "model.save(p)", "x.tofile(p)", "tempfile.mkdtemp()", "json.dump(x, f)",
    ],
)  # fmt: skip
def test_a_writer_would_be_found(code):
    assert writes(ast.parse(code).body[0].value, set())


@pytest.mark.parametrize(
    "code", ["open(p)", "p.open('rb')", "t.replace('a', 'b')", "frame.to_csv()", "figure.savefig(buffer)", "json.dumps(x)"]
)
def test_a_reader_would_not(code):
    assert not writes(ast.parse(code).body[0].value, {"buffer"})


BANNED_MODULES = {
    "pickle",
    "cPickle",
    "_pickle",
    "dill",
    "cloudpickle",
    "marshal",
    "shelve",
    "joblib",
    "yaml",
    "code",
    "codeop",
    "jsonpickle",
}
BANNED_CALLS = {"eval", "exec", "compile", "__import__"}
BANNED_METHODS = {"load_model", "unsafe_load", "full_load", "read_pickle", "model_from_json"}


@every_file
def test_data_never_becomes_code(file):
    assert not {top(module) for module in imports_of(file)} & BANNED_MODULES
    names = [called(node) for node in nodes_of(file, ast.Call)]
    names += [alias.name for node in nodes_of(file, ast.ImportFrom) for alias in node.names]
    assert [name for name in names if name in BANNED_CALLS] == []
    assert [name for name in names if name.rpartition(".")[2] in BANNED_METHODS] == []
    assert [name for name in names if name in {"joblib.load", "yaml.load"}] == []


@every_file
def test_no_pickles_and_no_shell(file):
    switches = [
        f"{file}:{node.value.lineno}: {node.arg}"
        for node in nodes_of(file, ast.keyword)
        if node.arg in {"allow_pickle", "shell"} and ast.unparse(node.value) != "False"
    ]
    assert switches == []
    assert not [node for node in nodes_of(file, ast.Call) if called(node) in {"os.system", "os.popen"}]


@every_file
def test_modules_are_named_by_registries_alone(file):
    dynamic = [ast.unparse(node) for node in nodes_of(file, ast.Call) if called(node).endswith("import_module")]
    assert not dynamic or file in {"framework.py", "utils/backends.py", "utils/registry.py"}


@every_file
def test_nothing_is_asserted_and_nothing_is_global(file):
    assert nodes_of(file, (ast.Assert, ast.Global)) == []


@every_file
def test_every_module_says_why_it_exists(file):
    assert ast.get_docstring(tree_of(file))


def test_the_loop_fits_on_250_lines():
    assert len((ROOT / "framework.py").read_text(encoding="utf-8").splitlines()) <= 250


def test_the_top_level_holds_what_it_may_hold():
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    names = {line.partition("/")[0] for line in listed}
    assert {"framework.py", "hparams.py"} <= names
    others = {name for name in names - TOP_LEVEL if not name.startswith(".")}
    assert [name for name in others if not (name.startswith("requirements") and name.endswith(".txt"))] == []
    assert [line for line in listed if line.startswith("outputs/") and line != "outputs/.gitkeep"] == []
