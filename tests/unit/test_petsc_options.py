"""PETSc's options of a study set the solve, and touch nothing else."""

import pytest

from femcell.errors import InputError
from femcell.solvers.petsc_options import require_known_methods, require_safe
from femcell.solvers.settings import SolverSettings


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ksp_monitor", "ascii:some.txt", "prints to the terminal and takes no value"),
        ("KSP_Monitor", "ascii:some.txt", "takes no value"),
        ("snes_monitor", "binary", "takes no value"),
        ("ksp_monitor", 1, "takes no value"),
        ("ksp_converged_reason", ":some.txt", "takes no value"),
        ("ksp_view", "ascii:some.txt", "may not be set"),
        ("fields_fieldsplit_phi_ksp_view_mat", "binary", "may not be set"),
        ("snes_monitor_solution_draw", True, "may not be set"),
        ("pc_python_type", "os.system", "may not be set"),
        ("pc_type", "python", "no file or program"),
        ("snes_type", "Python", "no file or program"),
        ("fields_ksp_type", "shell", "no file or program"),
        ("ksp_type", "/lib/evil.so", "no file or program"),
        ("ksp_type", "gmres -dll_append x", "no file or program"),
        ("dll_append", "evil", "none of a solve"),
        ("options_file", "evil", "none of a solve"),
        ("log_view", ":some.txt", "none of a solve"),
        ("mat_mumps_icntl_3", 7, "MUMPS write files"),
        ("fields_fieldsplit_phi_mat_mumps_icntl_22", "1", "MUMPS write files"),
        ("ksp_rtol", [1e-6], r"must be a text, a number, a whole number, True or False or None, not \[1e-06\]"),
        ("ksp rtol", 1e-6, "letters, digits and _"),
        ("-ksp_rtol", 1e-6, "letters, digits and _"),
        ("", 1e-6, "letters, digits and _"),
        (3, 1e-6, "keys are a text, not 3"),
    ],
)
def test_what_reaches_beyond_the_solve_is_refused(name: object, value: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        SolverSettings(petsc={name: value})  # type: ignore[dict-item]


def test_options_are_a_table() -> None:
    with pytest.raises(InputError, match="petsc must be a dictionary, not 'ksp_rtol'"):
        SolverSettings(petsc="ksp_rtol")  # type: ignore[arg-type]


def test_settings_of_the_solve_are_taken() -> None:
    chosen = {
        "ksp_rtol": "1e-6",
        "ksp_max_it": 20,
        "ksp_monitor": True,
        "snes_converged_reason": None,
        "mat_mumps_icntl_14": 200,
        "mat_mumps_icntl_3": 6,
        "fields_fieldsplit_phi_pc_gamg_threshold": "0.01,0.02",
        "pc_factor_reuse_ordering": True,
    }
    require_safe(chosen)
    assert SolverSettings(petsc=chosen).petsc == chosen


@pytest.mark.mpi
@pytest.mark.parametrize(
    "name", ["ksp_type", "pc_type", "snes_type", "snes_linesearch_type", "fields_fieldsplit_phi_ksp_type"]
)
def test_methods_that_petsc_has_not_are_named(name: str) -> None:
    with pytest.raises(InputError, match=rf"{name} = 'nonsense': Unable to find requested .* nonsense; mend it"):
        require_known_methods({name: "nonsense"})
