"""Forms as machine code, each compiled once and kept in femcell's own cache.

All that femcell compiles passes through here, so that one cache and one way of waiting hold for all of it. Other
programs that use DOLFINx keep their forms elsewhere: theirs are never in the way, and neither are their locks.
"""

import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cffi
import dolfinx.jit
import ffcx.options
import numpy as np
import ufl
from dolfinx import default_scalar_type, fem
from ffcx.naming import compute_signature
from mpi4py import MPI

from femcell.cache import cache_folder, cached
from femcell.errors import InputError
from femcell.parallel import on_root, together

NOT_CODE = ("cache_dir", "cffi_verbose", "timeout")
"""Options of DOLFINx's compilations that the code does not depend on."""


def compiled(form: ufl.Form | ufl.ZeroBaseForm, entity_maps: Sequence[Any] = ()) -> fem.Form:
    """Compile a form, or take it from the cache; collective.

    Args:
        form: of any number of arguments.
        entity_maps: between its meshes.

    Returns:
        The compiled form.

    Raises:
        InputError: there is no compiler that works, or the cache cannot be written.
    """
    options = None
    if isinstance(form, ufl.Form) and form.integrals():
        options = {"cache_dir": str(_kept(form, form.ufl_domains()[0].ufl_cargo().comm))}
    return fem.form(form, entity_maps=list(entity_maps), jit_options=options)


def compiled_at(expression: Any, points: Any, comm: MPI.Intracomm) -> fem.Expression:
    """Compile the evaluation of a UFL expression at points of the reference element; collective, see `compiled`.

    Args:
        expression: on a mesh.
        points: shape (points, dim).
        comm: of the mesh.

    Raises:
        InputError: as `compiled`.
    """
    X = np.reshape(points, (len(points), -1))
    return fem.Expression(expression, X, comm, jit_options={"cache_dir": str(_kept((expression, X), comm))})


def _kept(what: Any, comm: MPI.Intracomm) -> Path:
    """The folder that holds this one form or expression as machine code, made now where there is none; collective."""
    code = {"scalar_type": default_scalar_type}
    options = {name: value for name, value in dolfinx.jit.get_options().items() if name not in NOT_CODE}
    machine = sysconfig.get_config_vars("CFLAGS", "SOABI")
    tag = repr([sorted(ffcx.options.get_options(dict(code)).items()), sorted(options.items()), machine])
    # FFCx writes the code, this Python loads it: those of other versions can be thrown away as one folder.
    folder = cache_folder(f"forms-ffcx-{ffcx.__version__}-{sysconfig.get_config_var('SOABI')}")
    key = compute_signature([what], tag)

    def make(scratch: Path) -> None:
        try:
            dolfinx.jit.ffcx_jit(MPI.COMM_SELF, what, dict(code), {"cache_dir": str(scratch)})
        except cffi.VerificationError as error:
            raise InputError(
                f"A form cannot be compiled ({error}): femcell needs a C compiler that works, cc or what the variable "
                "CC names, and the header Python.h; Debian has them in gcc, libc6-dev and python3-dev."
            ) from error

    # The first rank compiles while the others sleep. On nodes that do not see its folder one rank does it again.
    on_root(comm, lambda: cached(folder, key, make))
    with together(comm):
        return cached(folder, key, make)
