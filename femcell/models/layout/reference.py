"""What residuals of a cell are judged by."""

from dataclasses import dataclass

from femcell.constants import FARADAY


@dataclass(frozen=True)
class Reference:
    """The current that the balances of a cell are scaled with.

    Attributes:
        current: A, of the whole cell.
        cross_section: what integrals over the mesh are multiplied with to give the cell.
    """

    current: float
    cross_section: float

    @property
    def charge(self) -> float:
        """Behind a residual of 1 in a balance of charge, A over the mesh."""
        return self.current / self.cross_section

    @property
    def amount(self) -> float:
        """Behind a residual of 1 in a balance of lithium, mol/s over the mesh."""
        return self.charge / FARADAY
