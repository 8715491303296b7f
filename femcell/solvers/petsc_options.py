"""PETSc's options from a study: settings of the solve, and nothing that reaches beyond it.

PETSc's options can also write files, load libraries and run programs. Their names are those of many packages, so no
list of the good ones is complete; but a file has to be named by a value, and what is harmful has one of few words in
its name. Both are refused.
"""

import re
from collections.abc import Mapping
from typing import Any

from petsc4py import PETSc

from femcell.checks import is_number, told
from femcell.errors import InputError

_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII | re.IGNORECASE)
_VALUE = re.compile(r"[\w.,+-]*", re.ASCII)
"""Names of methods, and lists of numbers. A viewer with a file, a path and an address have other characters."""

FAMILIES = ("snes", "ksp", "pc", "mat", "fields", "fieldsplit", "mg", "sub", "redundant", "telescope", "esteig")
"""What the names of options of a solve begin with."""

FORBIDDEN = frozenset(
    "python shell view draw lg plot matlab saws socket file filename path dir tmpdir dll lib library url ooc "
    "debugger debug log info load save dump".split()
)
"""Words in names of options that write or read files, open windows, or load code."""

MONITORS = frozenset(("monitor", "reason"))
"""Words of options that print where no file is named: they are taken without a value."""

METHODS = frozenset(("python", "shell", "matlab", "binary", "hdf5", "vtk", "draw", "saws", "socket", "glvis"))
"""Values that are programs or files of their own."""

MUMPS_STREAMS = frozenset(f"mat_mumps_icntl_{i}" for i in (1, 2, 3))
"""Units of Fortran that MUMPS prints to: any but 6, the terminal, is a file."""

MUMPS_FILES = frozenset(("mat_mumps_icntl_22",))
"""Keeps the factors in files."""

REFUSALS = frozenset((56, 60, 62, 63, 75, 83, 86, 92))
"""PETSc's codes for a method that it does not know or have, and for a value that an option cannot take."""

PYTHON_ERROR = 101
"""PETSc's code for an exception in a function of Python."""


def require_safe(options: Any) -> None:
    """The options must be settings of the solve, with values of a kind that such settings have.

    Raises:
        InputError: another kind, or an option that reads or writes files, opens windows or loads code.
    """
    if not isinstance(options, Mapping):
        raise InputError(f"PETSc options are a table of names and values, not {told(options)}.")
    for name, value in options.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InputError(f"PETSc option {told(name)}: a name has letters, digits and _ alone, and no prefix.")
        _require_safe_one(name, value)


def _require_safe_one(name: str, value: Any) -> None:
    place, words = f"PETSc option '{name}'", name.lower().split("_")
    if words[0] not in FAMILIES:
        raise InputError(f"{place} is none of a solve: those begin with snes_, ksp_, pc_, mat_, fields_.")
    if not (value is None or isinstance(value, bool | str) or is_number(value)):
        raise InputError(f"{place} must be a text, a number or a truth value, not {told(value)}.")
    if found := FORBIDDEN.intersection(words):
        raise InputError(f"{place} may not be set in a study ('{min(found)}': files, windows or code); leave it out.")
    if MONITORS.intersection(words) and not (value is None or value is True or value == ""):
        raise InputError(f"{place} prints to the terminal and takes no value here; write {name} = true.")
    if isinstance(value, str) and (not _VALUE.fullmatch(value) or value.lower() in METHODS):
        raise InputError(f"{place} cannot be {told(value)}: give a method or a number, no file or program.")
    for tail, allowed in ((MUMPS_STREAMS, (-1, 0, 6)), (MUMPS_FILES, (0,))):
        if name.lower().endswith(tuple(tail)) and str(value) not in map(str, allowed):
            raise InputError(f"{place} = {told(value)} makes MUMPS write files; leave it out.")


def database_value(name: str, value: Any) -> Any:
    """The value as PETSc's database takes it; a monitor that is on has none."""
    return None if value is True and MONITORS.intersection(name.lower().split("_")) else value


def require_known_methods(options: Mapping[str, Any]) -> None:
    """Methods of solvers and preconditioners, at any depth of prefixes, must be among those that PETSc has here.

    Raises:
        InputError: one is not.
    """
    if not options:
        return
    snes = PETSc.SNES().create(PETSc.COMM_SELF)
    makers = {
        "snes_type": snes,
        "linesearch_type": snes.getLineSearch(),
        "ksp_type": PETSc.KSP().create(PETSc.COMM_SELF),
        "pc_type": PETSc.PC().create(PETSc.COMM_SELF),
    }
    for name, value in options.items():
        for tail, thing in makers.items():
            if name.lower() == tail or name.lower().endswith(f"_{tail}"):
                try:
                    thing.setType(str(value))
                except PETSc.Error as error:
                    raise refused(error, options, name) from None
    for thing in makers.values():
        thing.destroy()


def is_refusal(error: BaseException, options: Mapping[str, Any]) -> bool:
    """Whether PETSc complains of what an option asks for, directly or within a preconditioner in Python."""
    if not options or not isinstance(error, PETSc.Error):
        return False
    cause = error.__cause__ or error.__context__
    return error.ierr in REFUSALS or (error.ierr == PYTHON_ERROR and cause is not None and is_refusal(cause, options))


def refused(error: BaseException, options: Mapping[str, Any], name: str | None = None) -> InputError:
    """What to tell the user where PETSc complains of an option."""
    while isinstance(error, PETSc.Error) and error.ierr == PYTHON_ERROR:
        error = error.__cause__ or error.__context__ or ValueError("an error in Python")
    said = _last_words(error)
    names = [name] if name else [n for n, v in options.items() if v is not None and str(v) in said] or list(options)
    which = ", ".join(f"{n} = {told(options[n])}" for n in names)
    return InputError(f"PETSc cannot take the option{'s' if len(names) > 1 else ''} {which}: {said}; mend it.")


def _last_words(error: BaseException) -> str:
    """PETSc's own reason: the lines of its trace that name no function."""
    lines = [line.partition("] ")[2] for line in str(error).splitlines()]
    reasons = [line for line in lines if line and "() at " not in line and "https:" not in line]
    return ": ".join(line.strip().rstrip(".") for line in reasons[:3]) or str(error).splitlines()[0]
