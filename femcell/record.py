"""Everything that a run leaves behind while it goes on: rows, fields, checkpoints, audits, counters."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from femcell import interrupts
from femcell.errors import InputError
from femcell.experiments.drive import Meter
from femcell.io.checkpoint import Saved, write_checkpoint
from femcell.io.fields import FieldWriter
from femcell.io.series import FIRST, SeriesWriter
from femcell.kinds import require_fields
from femcell.solvers.audit import Audit
from femcell.solvers.discrete import Discrete
from femcell.solvers.stepper import Stepper, Trial

Row = dict[str, float | int]


@dataclass(frozen=True)
class OutputSettings:
    """What is written, and when.

    Attributes:
        fields_at_s: times at which fields are written, s; hit exactly.
        fields_every_s: also at multiples of this, s.
        checkpoint_every_s: wall-clock seconds between checkpoints: what a killed run loses at most.
        pictures: draw PNG files at the end.
    """

    fields_at_s: tuple[float, ...] = ()
    fields_every_s: float | None = None
    checkpoint_every_s: float = 300.0
    pictures: bool = True

    def __post_init__(self) -> None:
        """Check the times; InputError."""
        require_fields(self)
        for moment in self.fields_at_s:
            if not (np.isfinite(moment) and moment >= 0.0):
                raise InputError(f"fields_at_s must hold finite times that are not negative, not {moment:g}.")
        if self.fields_every_s is not None and not self.fields_every_s > 0.0:
            raise InputError(f"fields_every_s must be positive, not {self.fields_every_s:g}.")
        if not self.checkpoint_every_s >= 0.0:
            raise InputError(f"checkpoint_every_s must not be negative, not {self.checkpoint_every_s:g}.")


@dataclass
class Recorder:
    """Keeps the books of one run.

    Attributes:
        rows: the time series so far (of this part of the run).
        charge: signed charge that left the cell, A s, at past times, the newest first.
        counters: steps, rejected steps, Newton and Krylov iterations.
        place: (number of the experiment's step, its start in s, charge at its start in A s).
        overshot: share of its scale by which each field was beyond a bound at most, of those that were.
    """

    discrete: Discrete
    stepper: Stepper
    settings: OutputSettings
    folder: Path | None
    audit: Audit
    rows: list[Row] = field(default_factory=list)
    charge: list[float] = field(default_factory=lambda: [0.0])
    counters: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("steps", "rejected", "newton", "krylov"), 0)
    )
    place: tuple[int, float, float] = (1, 0.0, 0.0)
    overshot: dict[str, float] = field(default_factory=dict)
    restored: int = 0
    part: int = 0

    def __post_init__(self) -> None:
        """Nothing is open yet; `open` does that."""
        self.series: SeriesWriter | None = None
        self.fields: FieldWriter | None = None
        self._written_at = -1.0
        self._checked = time.monotonic()
        self.observed: dict[str, float] = {}
        self._judged: tuple[Trial, dict[str, float], dict[str, float]] | None = None

    def open(self, saved: Saved | None) -> None:
        """Open the files, or take up those of an interrupted run."""
        state: Mapping[str, Any] = saved.state if saved else {}
        if saved:
            self.charge = list(state["charge"])
            self.counters = dict(state["counters"])
            self.overshot = dict(state.get("overshot", {}))
            self.place = tuple(state["place"])
            self.audit.amounts = {k: list(v) for k, v in state["amounts"].items()}
            self.audit.worst = dict(state["worst"])
            self.part = int(state["part"]) + 1
            self.restored = int(state["rows"])
            self._written_at = float(state["written_at"])
            self.observed = self.discrete.observe()
        if self.folder is not None:
            keep, checksum = (self.restored, int(state["series"])) if saved else (None, None)
            self.series = SeriesWriter(self.discrete.comm, self.folder, self.columns, keep, checksum)
            self.fields = FieldWriter(self.discrete.system, self.folder, int(state.get("snapshots", 0)), self.part)

    @property
    def columns(self) -> tuple[str, ...]:
        """Headers of the time series, with units."""
        observables = [header(o.name, o.unit) for o in self.discrete.system.observables]
        return (*self._first, *observables, *[f"audit_{b.name}" for b in self.audit.balances])

    @property
    def _first(self) -> dict[str, float | int]:
        """The columns that every row begins with, at the present state."""
        whole = (
            self.stepper.time if self.stepper.past.times else 0.0,
            self.observed.get("voltage", math.nan),
            self.observed.get("current", 0.0),
            self.charge[0] / 3600.0,
            self.place[0],
        )
        terminals = self.discrete.system.control is not None
        return {name: v for name, v in zip(FIRST, whole, strict=True) if terminals or name in ("time_s", "step")}

    def meter(self, trial: Trial | None) -> Meter:
        """Voltage, current and charge since the start of the experiment's step."""
        values = self._scalars()
        current = values.get("current", 0.0)
        charge = self.charge[0] if trial is None else self._charge_after(trial, current)
        return Meter(values.get("voltage", math.nan), current, (charge - self.place[2]) / 3600.0)

    def begin(self, number: int) -> None:
        """A consistent state at the start of the experiment's step `number`: a row, no audit."""
        self.place = (number, self.stepper.time, self.charge[0])
        self.observed = self.discrete.observe()
        self.audit.restart(self.observed)
        self.charge = self.charge[:1]
        self._row(dict.fromkeys([b.name for b in self.audit.balances], 0.0))

    def judge(self, trial: Trial) -> str:
        """What the audits find amiss in a step that is not accepted yet, whose values the functions hold; in words."""
        observed = self.discrete.observe()
        defects = self.audit.defects(trial, observed, self.observed)
        self._judged = trial, observed, defects
        return self.audit.complaint(defects)

    def accepted(self, trial: Trial) -> None:
        """One more step."""
        judged, observed, defects = self._judged if self._judged else (None, {}, {})
        assert judged is trial, "a step is audited before it is accepted"
        self.charge.insert(0, self._charge_after(trial, observed.get("current", 0.0)))
        self.observed = observed
        del self.charge[8:]
        for name, more in zip(
            self.counters, (1, trial.rejected, trial.newton.iterations, trial.newton.krylov), strict=True
        ):
            self.counters[name] += more
        self.audit.accept(observed, defects)
        self._row(defects)

    def write_fields(self) -> None:
        """Write the fields at the present time, once."""
        now = self.stepper.time
        if self.fields is not None and now != self._written_at:
            with self.discrete.clock.part("output"):
                self.fields.write(now, self.observed.get("voltage", math.nan))
            self._written_at = now

    def checkpoint(self, force: bool = False) -> None:
        """Write a checkpoint if it is due; rank 0's clock decides.

        Raises:
            Interrupted: a signal asks any of the ranks to end; `save` has not been called.
        """
        comm = self.discrete.comm
        due = comm.rank == 0 and (force or time.monotonic() - self._checked >= self.settings.checkpoint_every_s)
        number, due = divmod(comm.allreduce(2 * interrupts.pending() + due, op=MPI.MAX), 2)
        if number:
            raise interrupts.Interrupted(number)
        if due:
            self.save()

    def save(self) -> None:
        """Write a checkpoint; collective."""
        if self.folder is None or self.series is None:
            return
        with self.discrete.clock.part("output"):
            self.series.flush()
            write_checkpoint(self.folder, self.discrete, self.stepper.past, self._state())
        self._checked = time.monotonic()

    def close(self) -> None:
        """Close the files; collective.

        Raises:
            InputError: the disk is full.
        """
        if self.series is not None:
            self.series.close()
        if self.fields is not None:
            self.fields.close()

    def abandon(self) -> None:
        """Leave what is not closed yet as it is, after an error that may be one rank's alone; not collective."""
        if self.series is not None:
            self.series.close()
        if self.fields is not None:
            self.fields.abandon()

    def _state(self) -> dict[str, Any]:
        return {
            "charge": self.charge,
            "counters": self.counters,
            "overshot": self.overshot,
            "place": self.place,
            "amounts": self.audit.amounts,
            "worst": self.audit.worst,
            "part": self.part,
            "rows": self.restored + len(self.rows),
            "series": self.series.checksum if self.series else 0,
            "snapshots": self.fields.count if self.fields else 0,
            "written_at": self._written_at,
            "stepper": self.stepper.state,
        }

    def _scalars(self) -> dict[str, float]:
        """Scalar unknowns, cheaper than all observables."""
        return {f.name: self.discrete.scalar(f) for f in self.discrete.system.fields if f.scalar}

    def _charge_after(self, trial: Trial, current: float) -> float:
        """Charge that the step's own formula makes of dq/dt = I: exact for the audited current."""
        past = float(sum(w * q for w, q in zip(trial.weights[1:], self.charge, strict=False)))
        currents = (current, self.observed.get("current", 0.0))
        flow = sum(w * i for w, i in zip(trial.flow_weights, currents, strict=False))
        return (flow - past) / float(trial.weights[0])

    def _row(self, defects: Mapping[str, float]) -> None:
        row: Row = self._first
        row |= {header(o.name, o.unit): self.observed[o.name] for o in self.discrete.system.observables}
        row |= {f"audit_{name}": value for name, value in defects.items()}
        self.rows.append(row)
        if self.series is not None:
            self.series.add(row)


def header(name: str, unit: str) -> str:
    """A column's name with its unit in it, fit for any reader of CSV files."""
    return name if unit == "1" else f"{name}_{unit.replace('/', '_').replace(' ', '')}"
