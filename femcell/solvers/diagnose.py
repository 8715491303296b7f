"""Where a field is close to, or beyond, the values that mean something."""

import numpy as np

from femcell.solvers.discrete import Discrete

NEAR = 0.02
"""Share of a field's scale within which a bound counts as reached when a solve has failed."""

BEYOND = 1e-3
"""Share of a field's scale by which a bound may be overshot: discretisation, not physics."""


def extremes(discrete: Discrete) -> list[tuple[str, str, float, float, float, str]]:
    """Per bound of each field: (field, unit, bound, nearest value, distance inwards over the scale, place).

    Collective; the same on every rank.
    """
    found = []
    for field in discrete.system.fields:
        if field.bounds is None:
            continue
        V = field.function.function_space
        owned = field.owned
        values = field.function.x.array[:owned]
        points = None
        for bound, sign in ((field.bounds[0], 1.0), (field.bounds[1], -1.0)):
            if not np.isfinite(bound):
                continue
            gap = sign * (values - bound)
            at = int(np.argmin(gap)) if owned else -1
            mine = (float(gap[at]), discrete.comm.rank) if owned else (np.inf, discrete.comm.rank)
            least, rank = min(discrete.comm.allgather(mine))
            place, value = "", 0.0
            if discrete.comm.rank == rank:
                if field.parent_nodes is not None:
                    points = V.tabulate_dof_coordinates() if points is None else points
                    dim = V.mesh.topology.dim
                    place = ", ".join(f"{x * 1e6:.3g}" for x in points[at // field.components, :dim])
                value = float(values[at])
            place, value = discrete.comm.bcast((place, value), root=rank)
            found.append((field.name, field.unit, bound, value, least / field.scale, place))
    return found


def suspects(discrete: Discrete, within: float = NEAR) -> str:
    """The bounds that fields have come close to, in words; empty where there are none."""
    return "; ".join(
        f"{name} is {value:.4g} {unit}{f' at ({place}) um' if place else ''}, its bound is {bound:.4g}"
        for name, unit, bound, value, distance, place in extremes(discrete)
        if distance < within
    )
