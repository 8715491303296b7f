"""The small decisions of a run: when a step is given up, when fields are written, what cannot be reached."""

import pytest

from femcell.errors import InputError
from femcell.experiments import Step, parse_step
from femcell.experiments.bounds import LONGEST_STEP, PATIENCE, bounded, check_reachable, fraction_done, stops_within
from femcell.record import OutputSettings


def step(text: str) -> Step:
    return parse_step(text)


def test_steps_without_a_time_get_one() -> None:
    assert bounded(step("Discharge at 2C until 3.0 V"), 5.0, 5.0).duration_s == pytest.approx(PATIENCE * 1800.0)
    assert bounded(step("Charge at 0.5 A until 4.2 V"), 5.0, 5.0).duration_s == pytest.approx(PATIENCE * 36000.0)
    assert bounded(step("Hold at 4.2 V until C/50"), 5.0, 5.0).duration_s == LONGEST_STEP
    timed = step("Discharge at 2C for 10 seconds")
    assert bounded(timed, 5.0, 5.0) == timed


CIRCUIT = r"its open circuit lies between 3 and 4\.3 V"


@pytest.mark.parametrize("text", ["Discharge at 1C until -2 V", "Charge at 1C until 9 V", "Hold at -2 V until C/20"])
def test_voltages_that_no_cell_is_driven_to_are_refused_unless_they_are_meant(text: str) -> None:
    with pytest.raises(InputError, match=rf'no cell is driven to: {CIRCUIT}; if it is meant, accept = \["voltage"\]\.'):
        check_reachable(step(text), (3.0, 4.3))
    check_reachable(step(text), (3.0, 4.3), accept=["voltage"])


@pytest.mark.parametrize(
    ("text", "side"), [("Discharge at 1C until 4.6 V", "below"), ("Charge at 1C until 2.7 V", "above")]
)
def test_voltages_that_cannot_be_are_refused_whatever_is_meant(text: str, side: str) -> None:
    with pytest.raises(InputError, match=f"which the cell is {side} from the start: {CIRCUIT}"):
        check_reachable(step(text), (3.0, 4.3), accept=["voltage"])


@pytest.mark.parametrize("text", ["Discharge at 1C until 1 V", "Charge at 1C until 5.5 V", "Hold at 0 V until C/20"])
def test_what_takes_much_polarisation_is_a_warning(text: str, recwarn: pytest.WarningsRecorder) -> None:
    with pytest.warns(UserWarning, match=f"a polarisation of .* V: {CIRCUIT}"):
        check_reachable(step(text), (3.0, 4.3))
    check_reachable(step(text), (3.0, 4.3), accept=["voltage"])
    check_reachable(step("Discharge at 1C until 2.5 V"), (3.0, 4.3))
    check_reachable(step("Rest for 1 hour"), (3.0, 4.3))
    assert not recwarn


def test_patience_is_that_of_the_cell_whatever_c_rates_refer_to() -> None:
    for given in (1e-6, 5.0):
        assert bounded(step("Discharge at 5 A until 3.0 V"), given, 5.0).duration_s == pytest.approx(PATIENCE * 3600.0)


def test_fields_are_written_at_asked_times_within_the_step() -> None:
    stops = stops_within(step("Rest for 60 seconds"), 10.0, at=(0.0, 5.0, 40.0), every=20.0)
    assert [t for t in stops if t <= 70.0] == [20.0, 40.0, 60.0]  # what lies beyond the end is never reached
    assert all(t > 10.0 for t in stops)
    assert stops_within(step("Rest for 60 seconds"), 10.0) == ()


def test_the_step_may_ask_for_output_by_itself() -> None:
    stops = stops_within(step("Rest for 60 seconds (20 second period)"), 10.0)
    assert stops == pytest.approx((30.0, 50.0, 70.0))


def test_progress_is_the_furthest_of_time_charge_and_voltage() -> None:
    held = bounded(step("Discharge at 1C until 3.0 V"), 5.0, 5.0)
    assert fraction_done(held, 0.0, 4.0, 4.0, 0.0, 5.0) == 0.0
    assert fraction_done(held, 1.0, 4.0, 3.25, 0.1, 5.0) == pytest.approx(0.75)
    assert fraction_done(held, 1.0, 4.0, 3.9, 4.0, 5.0) == pytest.approx(0.8)
    assert fraction_done(held, 1.0, 4.0, 3.9, 9.0, 5.0) == 0.99


@pytest.mark.parametrize(
    "bad",
    [
        {"fields_at_s": (float("inf"),)},
        {"fields_at_s": (-1.0,)},
        {"fields_every_s": 0.0},
        {"checkpoint_every_s": -1.0},
    ],
)
def test_output_settings_are_checked(bad: dict[str, float]) -> None:
    with pytest.raises(InputError):
        OutputSettings(**bad)
