"""What femcell runs with: checked when it is imported, before anything else can fail less clearly.

This file imports nothing of femcell and runs on any Python 3: `python femcell/versions.py` says in one sentence what is
wrong with the DOLFINx of that Python, and ends with 1; or says nothing.
"""

import importlib
import importlib.util
import sys

SUPPORTED = {
    "Python": ((3, 12), (3, 15)),
    "DOLFINx": ((0, 11), (0, 12)),
    "PETSc": ((3, 24), (3, 26)),
}
"""From which version, and below which; of PETSc with real numbers in double precision."""

NEEDED = ("meshio", "numpy", "pydantic", "scipy", "tqdm")
"""What else must be there, whatever femcell is used for; pip installs it with femcell."""

GET_DOLFINX = "pip install 'femcell[wheel]' (Linux on x86_64), or take fenics-dolfinx from conda-forge"


class UnsupportedError(ImportError):
    """femcell cannot run in this environment; the message is one sentence that says what to do."""


def supported() -> str:
    """The versions in words: "Python 3.12 to 3.14, ..."."""
    return ", ".join(f"{name} {_range(*limits)}" for name, limits in SUPPORTED.items())


def _range(first: "tuple[int, int]", end: "tuple[int, int]") -> str:
    last = (end[0], end[1] - 1)
    return ".".join(map(str, first)) + ("" if last == first else f" to {last[0]}.{last[1]}")


def require_version(name: str, found: "tuple[int, ...]") -> None:
    """Refuse a version that femcell is not made for.

    Raises:
        UnsupportedError: it is older or newer.
    """
    first, end = SUPPORTED[name]
    if not first <= tuple(found[:2]) < end:
        there = ".".join(map(str, found[:2]))
        raise UnsupportedError(f"{name} {there} is not supported: femcell runs with {supported()}.")


def require_dolfinx() -> None:
    """MPI, DOLFINx and PETSc can be loaded, in versions that femcell is made for.

    Raises:
        UnsupportedError: one of them is missing, too old, too new, or of complex numbers.
    """
    require_version("Python", sys.version_info[:2])
    # Asked without loading it: without DOLFINx there may be no MPI either, which says so in many lines.
    if importlib.util.find_spec("dolfinx") is None:
        raise UnsupportedError(f"femcell needs DOLFINx with PETSc and MPI, which is not installed: {GET_DOLFINX}.")
    for name in ("mpi4py.MPI", "dolfinx", "petsc4py.PETSc"):  # DOLFINx finds its MPI library through mpi4py
        try:
            importlib.import_module(name)
        except (ImportError, OSError, RuntimeError) as error:
            words = (str(error).splitlines() or ["it says no more"])[0].rstrip(".")
            raise UnsupportedError(f"femcell cannot load {name} ({words}): {GET_DOLFINX}.") from error
    PETSc = sys.modules["petsc4py.PETSc"]
    require_version("DOLFINx", _numbers(sys.modules["dolfinx"].__version__))
    require_version("PETSc", PETSc.Sys.getVersion())
    if PETSc.ScalarType.__name__ != "float64":
        raise UnsupportedError(
            f"This PETSc is of {PETSc.ScalarType.__name__}: femcell runs with {supported()}, of real numbers in double "
            "precision."
        )


def require_environment() -> None:
    """Everything that each use of femcell needs is there; else an uncaught error shows as its sentence alone.

    Raises:
        UnsupportedError: something is missing, or of a version that femcell is not made for.
    """
    try:
        require_dolfinx()
        for name in NEEDED:
            if importlib.util.find_spec(name) is None:
                raise UnsupportedError(f"femcell needs {name}, which is not installed: pip install {name}.")
    except UnsupportedError:
        # The command `femcell` has not begun yet: only Python itself can still say the sentence without a traceback.
        sys.excepthook = _sentence_alone(sys.excepthook)
        raise


def _numbers(version: str) -> "tuple[int, ...]":
    return tuple(int(part) for part in version.split(".")[:2])


def _sentence_alone(before):  # type: ignore[no-untyped-def]
    def hook(kind, error, trace):  # type: ignore[no-untyped-def]
        if issubclass(kind, UnsupportedError):
            sys.stderr.write(f"femcell: {error}\n")
        else:
            before(kind, error, trace)

    return hook


if __name__ == "__main__":
    try:
        require_dolfinx()
    except UnsupportedError as problem:
        sys.exit(str(problem))
