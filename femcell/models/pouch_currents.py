"""Where the current of a pouch flows: through the separator, and along the collectors."""

from collections.abc import Callable, Sequence
from typing import Any

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem, la

from femcell.materials import Electrolyte
from femcell.models.parts import electrolyte_fluxes
from femcell.models.space import BY_NODES, Space
from femcell.models.terms import Addition
from femcell.physics import solid
from femcell.system import Export


def pouch_currents(s: Space, electrolyte: Electrolyte, separator: str, collectors: Sequence[str]) -> Addition:
    """The fields `through_plane_current`, A/m2, and for each collector `collector_current_<region>`, a vector, A/m2.

    The first is i_e . e_x in the separator, where no reaction changes it; positive along the first axis, towards the
    positive electrode. The others are i_s. What is constant in a cell, or nearly so, is shown as the mean around each
    node.
    """
    _, i_e = electrolyte_fluxes(s, electrolyte)
    i_s = solid.electronic_current_density(s.u("phi_s"), conductivity=s.cellwise(s.metal, s.layout.conductors))
    exports = [_around_nodes(s, "through_plane_current", i_e[0], separator)]
    exports += [_around_nodes(s, f"collector_current_{name}", i_s, name) for name in collectors]
    return Addition(exports=tuple(exports))


def _around_nodes(s: Space, name: str, density: Any, region: str) -> Export:
    """A current density on a region as a field of degree 1: int density v_i dx / int v_i dx at node i.

    Forms are compiled when the field is first asked for; those of several collectors are the same.
    """
    sub = s.domain.submesh([region])
    element = basix.ufl.element("Lagrange", s.domain.mesh.basix_cell(), 1, shape=density.ufl_shape or None)
    function = fem.Function(fem.functionspace(sub.mesh, element), name=name)
    v = ufl.TestFunction(function.function_space)
    cells = [(1, s.domain.owned_cells([region]))]
    dx = ufl.Measure("dx", domain=s.domain.mesh, subdomain_data=cells, metadata=dict(BY_NODES))(1)
    one = fem.Constant(s.domain.mesh, np.ones(density.ufl_shape))
    maps = [s.wet.entity_map, s.metal.entity_map, sub.entity_map]
    compiled: list[Callable[[], np.ndarray]] = []
    volumes: list[np.ndarray] = []

    def refresh() -> None:
        if not compiled:
            compiled.append(_assembler(ufl.inner(density, v) * dx, maps))
            volumes.append(_assembler(ufl.inner(one, v) * dx, maps)())
        function.x.array[:] = compiled[0]() / volumes[0]

    return Export(name, "A/m2", function, refresh, pictured=True)


def _assembler(form: ufl.Form, maps: Sequence[Any]) -> Callable[[], np.ndarray]:
    """The values of a linear form, ghosts included, at the present functions; collective."""
    compiled = fem.form(form, entity_maps=list(maps))

    def assemble() -> np.ndarray:
        vector = fem.assemble_vector(compiled)
        vector.scatter_reverse(la.InsertMode.add)
        vector.scatter_forward()
        return np.array(vector.array)

    return assemble
