"""Forms as machine code, kept in DOLFINx's cache: also beside other processes, and after one that was killed.

Who compiles a form leaves a file in the cache at the start and another at the end; between the two others wait. DOLFINx
gives up after ten seconds, for a slow compiler and for a dead one alike.
"""

import re
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ufl
from dolfinx import fem
from mpi4py import MPI

ABANDONED = 120.0
"""Age in s at which the lock of a compilation is taken for one of a process that was killed."""

LOCK = re.compile(r"remove (\S+\.c)\)")


def compiled(form: ufl.Form | ufl.ZeroBaseForm, entity_maps: Sequence[Any] = ()) -> fem.Form:
    """Compile a form, or take it from the cache; collective.

    Waits while another process compiles the same form; a lock that is too old for that is removed, with a warning.

    Args:
        form: of any number of arguments.
        entity_maps: between its meshes.

    Returns:
        The compiled form.

    Raises:
        RuntimeError: the compiler failed.
    """
    while True:
        try:
            return fem.form(form, entity_maps=list(entity_maps), jit_options={"timeout": 2})
        except (TimeoutError, RuntimeError) as error:  # on several ranks only the first says which file it waits for
            if not _lock_goes(str(error), form.ufl_domains()[0].ufl_cargo().comm):
                raise


def _lock_goes(message: str, comm: MPI.Intracomm) -> bool:
    """Whether a lock stands in the way that somebody will open, or that has been removed now."""
    found = LOCK.search(message) if comm.rank == 0 else None
    if not comm.bcast(found is not None):
        return False
    if found is not None:
        lock = Path(found.group(1))
        try:
            if time.time() - lock.stat().st_mtime > ABANDONED:
                lock.unlink()
                warnings.warn(f"'{lock}' was left by a compilation that did not end, and is removed.", stacklevel=3)
        except FileNotFoundError:
            pass
    return True
