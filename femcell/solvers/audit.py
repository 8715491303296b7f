"""Audits: whether what a system stores changes by what flows, and by nothing else, in every accepted step."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from femcell.solvers.stepper import Trial
from femcell.system import Balance

KEEP = 7
"""Past amounts kept: one more than the highest order needs."""


@dataclass
class Audit:
    """Follows the balances of a system from step to step.

    Attributes:
        balances: what to follow.
        cells: of the mesh; rounding of an integral grows with the root of their number.
        amounts: stored amount per balance, the newest first.
        worst: largest relative defect of any step, per balance.
    """

    balances: tuple[Balance, ...]
    cells: int = 1
    amounts: dict[str, list[float]] = field(default_factory=dict)
    worst: dict[str, float] = field(default_factory=dict)

    def restart(self, observed: Mapping[str, float]) -> None:
        """Begin at a consistent state, with no step to judge."""
        self.amounts = {b.name: [self._amount(b, observed)] for b in self.balances}
        for b in self.balances:
            self.worst.setdefault(b.name, 0.0)

    def step(self, trial: Trial, observed: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
        """Judge one accepted step, with what was observed at its end and at its start.

        Returns:
            Per balance |d/dt amount - inflow| over its scale or its largest flow, by the formula that the step itself
            used, without what is rounding of the amounts (a few units in the last place times the root of the number
            of cells, divided by the step).
        """
        defects = {}
        for b in self.balances:
            past = self.amounts[b.name]
            past.insert(0, self._amount(b, observed))
            del past[KEEP:]
            flows = [
                factor * sum(w * at[name] for w, at in zip(trial.flow_weights, (observed, before), strict=False))
                for name, factor in b.inflows.items()
            ]
            inflow = sum(flows)
            largest = max([b.scale, *map(abs, flows)])
            change = float(sum(w * a for w, a in zip(trial.weights, past, strict=False)))
            rounding = (
                (8 + 4 * np.sqrt(self.cells))
                * np.finfo(float).eps
                * float(np.abs(trial.weights[: len(past)]).sum())
                * abs(past[0])
            )
            defects[b.name] = float(max(abs(change - inflow) - rounding, 0.0) / largest)
            self.worst[b.name] = max(self.worst[b.name], defects[b.name])
        return defects

    def _amount(self, balance: Balance, observed: Mapping[str, float]) -> float:
        return float(sum(observed[name] for name in balance.amounts))
