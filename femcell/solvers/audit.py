"""Audits: whether what a system stores changes by what flows, and by nothing else, in every step.

A step whose audit is beyond the bound is not accepted (`Stepper.attempt`).
"""

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
        bound: largest relative defect that a step may have.
        owners: balance -> number of the group of fields whose flows make it up, where groups are solved apart; None: of
            several groups, whose common balance such a coupling does not keep, so that it is reported and not judged.
        amounts: stored amount per balance, the newest first.
        worst: largest relative defect of any accepted step, per balance.
    """

    balances: tuple[Balance, ...]
    cells: int = 1
    bound: float = np.inf
    owners: Mapping[str, int | None] = field(default_factory=dict)
    amounts: dict[str, list[float]] = field(default_factory=dict)
    worst: dict[str, float] = field(default_factory=dict)

    def restart(self, observed: Mapping[str, float]) -> None:
        """Begin at a consistent state, with no step to judge."""
        self.amounts = {b.name: [self._amount(b, observed)] for b in self.balances}
        for b in self.balances:
            self.worst.setdefault(b.name, 0.0)

    @property
    def unjudged(self) -> list[str]:
        """Balances that the coupling does not keep by construction."""
        return [name for name, owner in self.owners.items() if owner is None]

    def defects(self, trial: Trial, observed: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
        """Audit a step, with what was observed at its end and at its start.

        Returns:
            Per balance |d/dt amount - inflow| over its scale or its largest flow, by the formula that the step itself
            used, without what is rounding of the amounts (a few units in the last place times the root of the number
            of cells, divided by the step).
        """
        found = {}
        for b in self.balances:
            past = [self._amount(b, observed), *self.amounts[b.name]]
            flows = self._flows(b, trial, observed, before)
            largest = max([b.scale, *map(abs, flows)])
            change = float(sum(w * a for w, a in zip(trial.weights, past, strict=False)))
            rounding = (
                (8 + 4 * np.sqrt(self.cells))
                * np.finfo(float).eps
                * float(np.abs(trial.weights[: len(past)]).sum())
                * abs(past[0])
            )
            found[b.name] = float(max(abs(change - sum(flows)) - rounding, 0.0) / largest)
        return found

    def complaint(self, defects: Mapping[str, float]) -> str:
        """Which balance is beyond the bound, in words; nothing if none is."""
        judged = {name: size for name, size in defects.items() if self.owners.get(name, 0) is not None}
        broken = [name for name, size in judged.items() if not size <= self.bound]
        if not broken:
            return ""
        worst = max(broken, key=judged.__getitem__)
        return f"the balance '{worst}' is off by {judged[worst]:.2g} of its flow, its bound is {self.bound:.2g}"

    def accept(self, observed: Mapping[str, float], defects: Mapping[str, float]) -> None:
        """Go on from a step that was accepted."""
        for b in self.balances:
            self.amounts[b.name] = [self._amount(b, observed), *self.amounts[b.name]][:KEEP]
            self.worst[b.name] = max(self.worst[b.name], defects[b.name])

    def _flows(
        self, balance: Balance, trial: Trial, observed: Mapping[str, float], before: Mapping[str, float]
    ) -> list[float]:
        """What flows in by each way during a step."""
        owner = self.owners.get(balance.name)
        if trial.flows and owner is not None:
            return [factor * trial.flows[owner][name] for name, factor in balance.inflows.items()]
        return [
            factor * sum(w * at[name] for w, at in zip(trial.flow_weights, (observed, before), strict=False))
            for name, factor in balance.inflows.items()
        ]

    def _amount(self, balance: Balance, observed: Mapping[str, float]) -> float:
        return float(sum(observed[name] for name in balance.amounts))
