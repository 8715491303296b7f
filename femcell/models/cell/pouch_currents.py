"""Where the current of a pouch flows: through the separator, and along the collectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem, la

from femcell.compiled import compiled
from femcell.models.core import BY_NODES, Space, Terms, Unknown
from femcell.models.electrolyte.state import ElectrolyteLaw
from femcell.models.layout.layout import Layout
from femcell.physics import solid
from femcell.system import Export


@dataclass(frozen=True, eq=False)
class PouchCurrents:
    """The fields `through_plane_current`, A/m2, and for each collector `collector_current_<region>`, a vector, A/m2.

    The first is i_e . e_x in the separator, where no reaction changes it; positive along the first axis, towards the
    positive electrode. The others are i_s. What is constant in a cell, or nearly so, is shown as the mean around each
    node.

    Attributes:
        layout: the parts of the pouch.
        electrolyte: its ionic law.
        separator: the region.
        collectors: the regions.
    """

    layout: Layout
    electrolyte: ElectrolyteLaw
    separator: str
    collectors: tuple[str, ...]

    def unknowns(self) -> Sequence[Unknown]:
        """None of its own."""
        return ()

    def terms(self, space: Space) -> Terms:
        """Exports only."""
        i_e = self.electrolyte.current_density(space)
        conductivity = space.cellwise(space.submesh(self.layout.solid_regions), self.layout.conductors)
        exports = [_around_nodes(space, "through_plane_current", i_e[0], self.separator)]
        for name in self.collectors:
            i_s = solid.electronic_current_density(space.u(self.layout.potential_of(name)), conductivity=conductivity)
            exports.append(_around_nodes(space, f"collector_current_{name}", i_s, name))
        return Terms(exports=tuple(exports))


def _around_nodes(s: Space, name: str, density: Any, region: str) -> Export:
    """A current density on a region as a field of degree 1: at each node the mean of its cells, by their volume.

    The means of cells are those whose divergence the equations hold, as the integrals are the same. Forms are compiled
    when the field is first asked for; those of several collectors are the same.
    """
    sub, shape = s.submesh([region]), density.ufl_shape or None
    cell = s.domain.mesh.basix_cell()
    V, Q = (
        fem.functionspace(sub.mesh, basix.ufl.element(family, cell, degree, shape=shape))
        for family, degree in (("Lagrange", 1), ("DG", 0))
    )
    function, q = fem.Function(V, name=name), ufl.TestFunction(Q)
    dx = ufl.Measure(
        "dx", domain=s.domain.mesh, subdomain_data=[(1, s.domain.owned_cells([region]))], metadata=dict(BY_NODES)
    )(1)
    one = fem.Constant(s.domain.mesh, np.ones(density.ufl_shape))
    maps = s.entity_maps
    around = V.dofmap.list[: sub.mesh.topology.index_map(s.domain.dim).size_local]
    here, components = Q.dofmap.list[: len(around), 0], V.dofmap.index_map_bs

    def summed(form: fem.Form) -> np.ndarray:
        """Integrals over the cells around each node, ghosts included."""
        per_cell = fem.assemble_vector(form).array.reshape(-1, components)
        sums = function.x
        sums.array[:] = 0.0
        np.add.at(sums.array.reshape(-1, components), around, per_cell[here][:, None, :])
        sums.scatter_reverse(la.InsertMode.add)
        sums.scatter_forward()
        return np.array(sums.array)

    ready: list[tuple[fem.Form, np.ndarray]] = []

    def refresh() -> None:
        if not ready:
            volumes, currents = (compiled(ufl.inner(f, q) * dx, maps) for f in (one, density))
            ready.append((currents, summed(volumes)))
        currents, volumes = ready[0]
        function.x.array[:] = summed(currents) / volumes

    return Export(name, "A/m2", function, refresh, pictured=True)
