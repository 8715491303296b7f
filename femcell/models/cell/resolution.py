"""How fine the mesh of a stack, and the particles in it, are."""

from dataclasses import dataclass

from femcell.errors import InputError
from femcell.kinds import require_fields


@dataclass(frozen=True)
class Resolution:
    """How fine a stack is resolved.

    Attributes:
        negative: elements through the negative electrode.
        separator: elements through the separator.
        positive: elements through the positive electrode.
        degree: polynomial degree of the elements.
        radial: radial points of each particle; profiles are even polynomials of degree 2 (radial - 1).

    Raises:
        InputError: a number is out of its range.
    """

    negative: int = 4
    separator: int = 1
    positive: int = 4
    degree: int = 4
    radial: int = 8

    def __post_init__(self) -> None:
        """Check the numbers."""
        require_fields(self)
        for name, least, most in (
            ("negative", 1, 100_000),
            ("separator", 1, 100_000),
            ("positive", 1, 100_000),
            ("degree", 1, 8),
            ("radial", 2, 60),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise InputError(f"The resolution '{name}' must lie between {least} and {most}, not {value}.")
