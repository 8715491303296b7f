"""Unknowns as people want to see them."""

from dolfinx import fem

from femcell.models.core import Space
from femcell.system import Export


def copied(space: Space, name: str) -> Export:
    """An unknown as it is."""
    return Export(name, space.fields[name].unit, space.u(name), lambda: None)


def stoichiometry(space: Space, field: str, name: str, c_max: float) -> Export:
    """Of a resolved particle everywhere, of an averaged one at its surface, which is the last radial point."""
    c_s, points = space.u(field), space.fields[field].components
    V = c_s.function_space if points == 1 else c_s.function_space.sub(points - 1).collapse()[0]
    x = fem.Function(V, name=f"stoichiometry_{name}")

    def refresh() -> None:
        x.x.array[:] = c_s.x.array[points - 1 :: points] / c_max

    return Export(f"stoichiometry_{name}", "1", x, refresh, pictured=True)


def raised(name: str, unit: str, difference: fem.Function, level: fem.Constant, *, pictured: bool = False) -> Export:
    """A field that is solved for as the difference from a number."""
    whole = fem.Function(difference.function_space, name=name)

    def refresh() -> None:
        whole.x.array[:] = difference.x.array + float(level.value)

    return Export(name, unit, whole, refresh, pictured)
