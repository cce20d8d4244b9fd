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
    "README.md", "SECURITY.md", "CHANGELOG.md", "LICENSE", "Makefile", "pyproject.toml",
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
    own = [node for node in nodes_of(file, ast.ClassDef) if [ast.unparse(base) for base in node.bases] == ["io.BytesIO"]]
    buffers |= {f"{node.name}()" for node in own}
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
        return method in OS_MUTATORS and not (method == "write" and first in {"1", "2"})
    if owner == "shutil":
        return method not in SHUTIL_READERS
    if name in WRITING_CALLS:
        return first not in buffers
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
    "code",
    [
        "open(p)",
        "p.open('rb')",
        "t.replace('a', 'b')",
        "frame.to_csv()",
        "figure.savefig(buffer)",
        "json.dumps(x)",
        "np.save(buffer, x)",
        "os.write(2, text)",
    ],
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
    "torch",
    "runpy",
    "imp",
    "ctypes",
    "cffi",
    "numexpr",
    "xmlrpc",
    "hickle",
    "skops",
    "imageio",
}
BANNED_CALLS = {"eval", "exec", "compile", "__import__"}
BANNED_METHODS = {
    "load_model", "unsafe_load", "full_load", "read_pickle", "to_pickle", "model_from_json", "model_from_yaml", "from_json",
    "deserialize_keras_object", "enable_unsafe_deserialization", "unpack_archive", "extractall", "from_string",
    "exec_module", "load_module", "run_path", "run_module", "read_hdf", "fromregex", "genfromtxt", "saved_model.load",
    "load_library", "load_op_library", "parseString", "fromstring", "iterparse",
}  # fmt: skip
"""Of libraries: what runs code that stands in a file, unpacks archives, or reads XML, whose entities may grow without end."""
READERS_OF_NUMPY = {"np.load", "numpy.load", "np.lib.format.read_array", "np.lib.format.open_memmap"}
NAMED_BY_US = {"models_keras/base_model.py": "self._model.get_config()"}
"""Where a layer or model is made of its configuration: one that this program has just asked a model of its own for."""
STARTS_PROCESSES = {"utils/web/page_server.py", "utils/decoding/process.py", "utils/ray_session.py"}
"""Modules that start processes: this Python with a module of ours, or a program of the system by its fixed name."""
KNOWN_FORMATS = {
    "_UNCHECKED", "CROSS_EVALUATED", "KNOWN_AND_ASKED", "_REMEDIES.get(need, _OTHERWISE)",
}  # fmt: skip
"""What `.format` is called on: sentences in our own modules."""


@every_file
def test_data_never_becomes_code(file):
    assert not {top(module) for module in imports_of(file)} & BANNED_MODULES
    names = [called(node) for node in nodes_of(file, ast.Call)]
    names += [alias.name for node in nodes_of(file, ast.ImportFrom) for alias in node.names]
    assert [name for name in names if name in BANNED_CALLS] == []
    assert [name for name in names if name.rpartition(".")[2] in BANNED_METHODS] == []
    assert [name for name in names if name in {"joblib.load", "yaml.load"}] == []


def reads_objects(node):
    """Whether the call may read pickled objects out of an array's file."""
    refused = any(keyword.arg == "allow_pickle" and ast.unparse(keyword.value) == "False" for keyword in node.keywords)
    return called(node) in READERS_OF_NUMPY and not refused


def is_computed(node):
    """Whether `.eval` or `.query` is that of a table, with a text that says what to compute."""
    return called(node).rpartition(".")[2] in {"eval", "query"} and any(
        isinstance(one, (ast.Constant, ast.JoinedStr, ast.Name)) for one in node.args
    )


def formats_data(node):
    """Whether `.format` is called on a text that does not stand in the module itself."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in {"format", "format_map"}:
        return False
    return not isinstance(node.func.value, ast.Constant) and ast.unparse(node.func.value) not in KNOWN_FORMATS


@every_file
def test_arrays_are_read_without_objects(file):
    assert [ast.unparse(node) for node in nodes_of(file, ast.Call) if reads_objects(node)] == []


@every_file
def test_no_text_from_data_says_what_to_compute_or_how_to_be_formatted(file):
    calls = nodes_of(file, ast.Call)
    assert [
        ast.unparse(node) for node in calls if formats_data(node) or (is_computed(node) and "files" not in called(node))
    ] == []


@every_file
def test_layers_are_made_of_our_own_configurations_alone(file):
    made = [node for node in nodes_of(file, ast.Call) if called(node).endswith(("from_config", "layers.deserialize"))]
    assert all(NAMED_BY_US.get(file, "?") in ast.unparse(node) for node in made)


@every_file
def test_templates_escape_what_stands_in_them(file):
    made = [node for node in nodes_of(file, ast.Call) if called(node).rpartition(".")[2] in {"Environment", "Template"}]
    assert all("autoescape=True" in ast.unparse(node) for node in made)


@every_file
def test_processes_are_started_in_few_places_and_never_through_a_shell(file):
    started = {
        "subprocess.Popen",
        "subprocess.run",
        "subprocess.check_output",
        "subprocess.call",
        "os.execv",
        "os.spawnv",
        "pty.spawn",
    }
    calls = [node for node in nodes_of(file, ast.Call) if called(node) in started]
    assert not calls or file in STARTS_PROCESSES
    for node in calls:
        program = node.args[0]
        assert not isinstance(program, (ast.Constant, ast.JoinedStr)), "a line for a shell"


@every_file
def test_weights_in_hdf5_are_opened_in_few_places(file):
    opened = [node for node in nodes_of(file, ast.Call) if called(node) in {"h5py.File", "h5py.h5f.open"}]
    assert not opened or file in {"utils/weights_archive.py", "models_tf/weights_file.py", "models_keras/weights_file.py"}


@pytest.mark.parametrize(
    ("code", "check"),
    [
        ("np.load(path)", reads_objects), ("np.load(path, allow_pickle=True)", reads_objects),
        ("np.lib.format.read_array(f)", reads_objects), ("frame.query(text)", is_computed), ("frame.eval('a')", is_computed),
        ("text.format(x)", formats_data), ("table[name].format_map(x)", formats_data),
    ],
)  # fmt: skip
def test_what_runs_data_would_be_found(code, check):
    assert check(ast.parse(code).body[0].value)


def test_what_does_not_run_data_is_let_through():
    harmless = {"np.load(path, allow_pickle=False)": reads_objects, "'{}'.format(x)": formats_data, "self.query()": is_computed}
    assert not any(check(ast.parse(code).body[0].value) for code, check in harmless.items())


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
