"""What all tables of a study have in common."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """No unknown keys, no infinite numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
