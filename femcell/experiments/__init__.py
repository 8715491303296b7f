"""What is done to a cell: typed steps and the strings that stand for them. No mesh, no physics."""

from femcell.experiments.controls import (
    REST,
    Amperes,
    Control,
    Current,
    CurrentControl,
    CurrentProfile,
    PowerControl,
    Rate,
    ResistanceControl,
    VoltageControl,
)
from femcell.experiments.describe import describe
from femcell.experiments.drive_cycle import read_drive_cycle
from femcell.experiments.parse import parse_experiment, parse_step
from femcell.experiments.steps import (
    CapacityLimit,
    CurrentLimit,
    Experiment,
    Limit,
    LimitFunction,
    NumberedStep,
    Step,
    VoltageLimit,
    already_passed,
    limit_function,
)

__all__ = [
    "REST",
    "Amperes",
    "CapacityLimit",
    "Control",
    "Current",
    "CurrentControl",
    "CurrentLimit",
    "CurrentProfile",
    "Experiment",
    "Limit",
    "LimitFunction",
    "NumberedStep",
    "PowerControl",
    "Rate",
    "ResistanceControl",
    "Step",
    "VoltageControl",
    "VoltageLimit",
    "already_passed",
    "describe",
    "limit_function",
    "parse_experiment",
    "parse_step",
    "read_drive_cycle",
]
