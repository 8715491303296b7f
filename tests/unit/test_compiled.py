"""Where compiled forms are kept, and that all of femcell's are kept there."""

import ast
from pathlib import Path

import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

import femcell
from femcell.compiled import compiled, compiled_at
from femcell.errors import InputError

SQUARE = mesh.create_unit_square(MPI.COMM_SELF, 1, 1)
AREA = 2.5 * ufl.dx(SQUARE)

COMPILERS = ("form", "mixed_topology_form", "compile_form", "Expression", "ffcx_jit", "NonlinearProblem")
"""What of DOLFINx compiles, into the cache of DOLFINx."""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("FEMCELL_CACHE", str(tmp_path))
    return tmp_path


def test_a_form_is_compiled_once(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fem.assemble_scalar(compiled(AREA)) == pytest.approx(2.5)
    monkeypatch.setenv("CC", "false")
    assert fem.assemble_scalar(compiled(AREA)) == pytest.approx(2.5)


def test_an_expression_is_compiled_once(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    product = ufl.SpatialCoordinate(SQUARE)[0] ** 2
    for compiler in ("cc", "false"):
        monkeypatch.setenv("CC", compiler)
        there = compiled_at(product, [[0.5, 0.25]], MPI.COMM_SELF)
        assert there.eval(SQUARE, [0])[0] == pytest.approx(0.75**2)


def test_no_other_form_lies_where_python_looks_for_one(own: Path) -> None:
    files = [Path(compiled(factor * AREA).module.__file__) for factor in (2.0, 3.0)]
    for file in files:
        assert own in file.parents
        assert {path.name.split(".")[0] for path in file.parent.iterdir()} == {file.name.split(".")[0]}


def test_without_a_compiler_the_sentence_says_what_is_missing(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "false")
    with pytest.raises(InputError, match="needs a C compiler"):
        compiled(AREA)
    monkeypatch.delenv("CC")
    assert fem.assemble_scalar(compiled(AREA)) == pytest.approx(2.5)


def test_a_cache_that_cannot_be_written_is_named(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own / "file").write_text("")
    monkeypatch.setenv("FEMCELL_CACHE", str(own / "file"))
    with pytest.raises(InputError, match=r"'.*file.*' \(Not a directory\): let the variable FEMCELL_CACHE"):
        compiled(AREA)


def test_nothing_else_in_femcell_compiles() -> None:
    """A form that DOLFINx compiles by itself lies in a cache that others lock and fill."""
    package = Path(femcell.__file__).parent
    calls = [
        (f"{path}:{node.lineno}", node)
        for path in package.rglob("*.py")
        if path != package / "compiled.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    ]
    assert len(calls) > 1000
    for place, call in calls:
        called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        assert called not in COMPILERS, place
        if called == "LinearProblem":
            made = [getattr(getattr(argument, "func", None), "id", "") for argument in call.args[:2]]
            assert made == ["compiled", "compiled"], place
