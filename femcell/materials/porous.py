"""Porous separators, seen as a continuum filled with electrolyte."""

from dataclasses import dataclass

from femcell.materials._checks import require_in_plane_ratio, require_number, require_text
from femcell.reprs import angled


@dataclass(frozen=True, kw_only=True)
class PorousSeparator:
    """An insulating porous layer: electrolyte fills the pores, which slow its transport.

    Attributes:
        name: what messages and results call it.
        porosity: eps, volume of electrolyte per volume.
        bruggeman: exponent b of the transport factor eps^b; Bruggeman (1935) finds 1.5 for a dilute packing
            of spheres.
        tortuosity_factor: tau of the transport factor eps / tau; given, it takes the place of the exponent.
        in_plane_transport_ratio: transport along the layer over that through it; the tensor of transport factors is
            diag(B, ratio B, ratio B), B the factor through the layer. Of meshes of two or three dimensions.
        source: where the numbers are from.

    Raises:
        InputError: a value is not of its kind or out of its bounds.
    """

    name: str
    porosity: float
    bruggeman: float = 1.5
    tortuosity_factor: float | None = None
    in_plane_transport_ratio: float = 1.0
    source: str

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(self, self.name, f"porosity {self.porosity:.4g}", f"transport factor {self.transport_factor:.4g}")

    def __post_init__(self) -> None:
        """Check every value."""
        require_text("separator", "name", self.name)
        owner = f"separator {self.name!r}"
        require_text(owner, "source", self.source)
        require_number(owner, "porosity", self.porosity, "1 (volume of pores per volume)", above=0, at_most=1)
        require_number(owner, "bruggeman", self.bruggeman, "1", at_least=0)
        if self.tortuosity_factor is not None:
            require_number(owner, "tortuosity_factor", self.tortuosity_factor, "1", at_least=1)
        require_in_plane_ratio(owner, self.in_plane_transport_ratio, self.transport_factor)

    @property
    def transport_factor(self) -> float:
        """Effective over bulk diffusivity and conductivity: eps / tau, or eps^b."""
        if self.tortuosity_factor is not None:
            return self.porosity / self.tortuosity_factor
        return self.porosity**self.bruggeman
