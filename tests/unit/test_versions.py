"""Where femcell cannot run, importing it says so in one sentence."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from femcell import versions

ROOT = Path(__file__).resolve().parents[2]

MPI = {"mpi4py/__init__.py": "", "mpi4py/MPI.py": ""}
DOLFINX = {"dolfinx/__init__.py": "__version__ = '0.11.0.post0'"}
PETSC = {
    "petsc4py/__init__.py": "",
    "petsc4py/PETSc.py": """
class Sys:
    getVersion = staticmethod(lambda: (3, 25, 5))
class ScalarType:
    pass
ScalarType.__name__ = "float64"
""",
}


def importing(stubs: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python without any installed package, but with these."""
    code = f"import sys; sys.path[:0] = {[str(stubs), str(ROOT)]}; import femcell"
    return subprocess.run([sys.executable, "-S", "-I", "-c", code], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        ({}, r"femcell needs DOLFINx with PETSc and MPI, which is not installed: pip install 'femcell\[wheel\]'.*"),
        (
            DOLFINX
            | {
                "mpi4py/__init__.py": "",
                "mpi4py/MPI.py": r"raise RuntimeError('cannot load MPI library\nlibmpi.so: no')",
            },
            r"femcell cannot load mpi4py\.MPI \(cannot load MPI library\): pip install 'femcell\[wheel\]'.*",
        ),
        (MPI | DOLFINX, r"femcell cannot load petsc4py\.PETSc \(No module named 'petsc4py'\): pip install .*"),
        (
            MPI | PETSC | {"dolfinx/__init__.py": "__version__ = '0.9.0'"},
            r"DOLFINx 0\.9 is not supported: femcell runs with Python .*, DOLFINx 0\.11, PETSc .*",
        ),
        (
            MPI | DOLFINX | PETSC | {"petsc4py/PETSc.py": PETSC["petsc4py/PETSc.py"].replace("25", "19")},
            r"PETSc 3\.19 is not supported: femcell runs with .*",
        ),
        (
            MPI | DOLFINX | PETSC | {"petsc4py/PETSc.py": PETSC["petsc4py/PETSc.py"].replace("float64", "complex128")},
            r"This PETSc is of complex128: femcell runs with .*",
        ),
        (MPI | DOLFINX | PETSC, r"femcell needs meshio, which is not installed: pip install meshio\."),
    ],
    ids=["nothing", "no MPI", "no PETSc", "old DOLFINx", "old PETSc", "complex PETSc", "no meshio"],
)
def test_importing_says_what_is_missing(tmp_path: Path, there: dict[str, str], sentence: str) -> None:
    for name, text in there.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    done = importing(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(f"femcell: {sentence}\n", done.stderr), done.stderr


@pytest.mark.parametrize("found", [(3, 11), (2, 7), (3, 15)])
def test_a_python_that_is_not_supported(found: tuple[int, int]) -> None:
    with pytest.raises(versions.UnsupportedError, match=rf"Python {found[0]}\.{found[1]} is not supported"):
        versions.require_version("Python", found)


def test_an_error_of_another_kind_keeps_its_traceback(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path[:0] = {[str(tmp_path), str(ROOT)]}\n"
        "try:\n    import femcell\nexcept ImportError:\n    raise ValueError('mine') from None"
    )
    done = subprocess.run([sys.executable, "-S", "-I", "-c", code], capture_output=True, text=True)
    assert done.stderr.startswith("Traceback") and done.stderr.endswith("ValueError: mine\n")


def test_one_table_holds_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = {re.split(r"[^\w-]", need)[0] for need in project["dependencies"]}
    assert required == {"mpi4py", *versions.NEEDED}
    first, end = versions.SUPPORTED["Python"]
    assert project["requires-python"] == ">=" + ".".join(map(str, first))
    minors = {int(c.rpartition(".")[2]) for c in project["classifiers"] if re.search(r"Python :: 3\.\d+$", c)}
    assert minors == set(range(first[1], end[1]))
    assert versions.supported() in " ".join((ROOT / "docs" / "installation.md").read_text().split())
