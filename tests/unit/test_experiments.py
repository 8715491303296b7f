"""Experiments: strings read into typed steps, limits, drive cycles, and what is said of bad input."""

import math
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import pytest

from femcell.errors import InputError
from femcell.experiments import (
    REST,
    Amperes,
    CapacityLimit,
    Current,
    CurrentControl,
    CurrentLimit,
    CurrentProfile,
    Experiment,
    PowerControl,
    Rate,
    ResistanceControl,
    Step,
    VoltageControl,
    VoltageLimit,
    already_passed,
    describe,
    limit_function,
    parse_experiment,
    parse_step,
    read_drive_cycle,
)

TO_3 = (VoltageLimit(3.0),)
TO_4_2 = (VoltageLimit(4.2),)


def drive(current: Current) -> CurrentControl:
    return CurrentControl(current)


def below_3() -> Step:
    return Step(drive(Rate(1.0)), (VoltageLimit(3.0),))


# text, step without its text, name
GOOD: list[tuple[str, Step, str]] = [
    ("Discharge at C/2 until 3.0 V", Step(drive(Rate(0.5)), TO_3), "discharge C/2 to 3 V"),
    ("Discharge at 1C for 10 minutes or until 3 V", Step(drive(Rate(1)), TO_3, 600),
     "discharge 1C to 3 V or 10 min"),
    ("Charge at 1 A until 4.2 V", Step(drive(Amperes(-1)), TO_4_2), "charge 1 A to 4.2 V"),
    ("Charge at C/10 for 10 hours or until 4.2V", Step(drive(Rate(-0.1)), TO_4_2, 36000),
     "charge C/10 to 4.2 V or 10 h"),
    ("Hold at 4.2 V until C/50", Step(VoltageControl(4.2), (CurrentLimit(Rate(0.02)),)),
     "hold 4.2 V to C/50"),
    ("Hold at 4.1 V until 50 mA", Step(VoltageControl(4.1), (CurrentLimit(Amperes(0.05)),)),
     "hold 4.1 V to 50 mA"),
    ("Hold at 3V until C/49 or for 2 hours", Step(VoltageControl(3), (CurrentLimit(Rate(1 / 49)),), 7200),
     "hold 3 V to C/49 or 2 h"),
    ("Hold at -50mV for 20 s", Step(VoltageControl(-0.05), (), 20), "hold -0.05 V 20 s"),
    ("Rest for 1 hour", Step(REST, (), 3600), "rest 1 h"),
    ("Rest for 30 minutes (5 minute period)", Step(REST, (), 1800, 300), "rest 30 min"),
    ("Rest for 1 hour or until above 3.4 V", Step(REST, (VoltageLimit(3.4, "above"),), 3600),
     "rest to above 3.4 V or 1 h"),
    ("Rest until < 3.4 V for 90 s", Step(REST, (VoltageLimit(3.4, "below"),), 90),
     "rest to below 3.4 V or 1.5 min"),
    ("Discharge at 2 W for 0.5 hours", Step(PowerControl(2), (), 1800), "discharge 2 W 30 min"),
    ("Discharge at 4 W until 3 V", Step(PowerControl(4), TO_3), "discharge 4 W to 3 V"),
    ("Charge at 200 mW for 45 minutes", Step(PowerControl(-0.2), (), 2700), "charge 200 mW 45 min"),
    ("Discharge at 4 Ohm until 3 V", Step(ResistanceControl(4), TO_3), "discharge 4 Ohm to 3 V"),
    ("Discharge at 4\N{OHM SIGN} for 1 min", Step(ResistanceControl(4), (), 60), "discharge 4 Ohm 1 min"),
    ("Charge at 4 kohms until 4.2 V", Step(ResistanceControl(-4000), TO_4_2), "charge 4000 Ohm to 4.2 V"),
    ("Discharge at 12 nA until 3 V", Step(drive(Amperes(1.2e-8)), TO_3), "discharge 12 nA to 3 V"),
    ("Discharge at 3 \N{MICRO SIGN}A until 3 V", Step(drive(Amperes(3e-6)), TO_3), "discharge 3 uA to 3 V"),
    ("Discharge at 0.5C until 3 V or 2.5 Ah", Step(drive(Rate(0.5)), (*TO_3, CapacityLimit(2.5))),
     "discharge C/2 to 3 V or 2.5 Ah"),
    ("Discharge at 2C until 400 mA.h", Step(drive(Rate(2)), (CapacityLimit(0.4),)),
     "discharge 2C to 400 mAh"),
    ("Discharge at 3C/2 until 3V", Step(drive(Rate(1.5)), TO_3), "discharge 1.5C to 3 V"),
    ("Discharge at 1 C until 3V at 25oC (1 second period)", Step(drive(Rate(1)), TO_3, None, 1, 298.15),
     "discharge 1C to 3 V"),
    ("Discharge at 1C at 310 K for 1 hour 30 minutes", Step(drive(Rate(1)), (), 5400, None, 310),
     "discharge 1C 1.5 h"),
    ("Rest for 2 h at -10 \N{DEGREE SIGN}C", Step(REST, (), 7200, None, 263.15), "rest 2 h"),
    ("  discharge AT c / 20  UNTIL 3v ", Step(drive(Rate(0.05)), TO_3), "discharge C/20 to 3 V"),
    ("Discharge at 1e-3A for 1day", Step(drive(Amperes(1e-3)), (), 86400), "discharge 1 mA 24 h"),
    ("Discharge at .5C for 10 secs", Step(drive(Rate(0.5)), (), 10), "discharge C/2 10 s"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "name"), GOOD, ids=[row[0] for row in GOOD])
def test_strings_are_read(text: str, expected: Step, name: str) -> None:
    step = parse_step(text)
    assert step == replace(expected, text=text.strip())
    assert describe(step) == name


# text, words of the message
BAD: list[tuple[str, tuple[str, ...]]] = [
    ("", ("ends too early", "Discharge, Charge, Hold, Rest or Run")),
    ("Dischrge at 1C until 3 V", ("at 'Dischrge'", "as in 'Discharge at C/2 for 10 hours or until 3.0 V'")),
    ("Chrge at 1C until 3 V", ("at 'Chrge'", "as in 'Charge at 1 A until 4.2 V'")),
    ("Discharge 1C until 3 V", ("at '1C'", "'at' and a current")),
    ("Discharge at 1X until 3 V", ("at '1X'", "a current (1 A, 50 mA, C/2)")),
    ("Discharge at 1 MA until 3 V", ("at '1 MA'",)),
    ("Discharge at C/2x until 3 V", ("at 'C/2x'",)),
    ("Discharge at C/0 until 3 V", ("at 'C/0'", "divided by zero")),
    ("Discharge at 0 A for 1 h", ("at '0 A'", "above zero", "Rest is no current")),
    ("Discharge at -1C for 1 h", ("at '-1C'", "above zero")),
    ("Charge at -2 W for 1 h", ("at '-2 W'", "above zero")),
    ("Charge at 4.2 V until C/50", ("at '4.2 V'", "a voltage is held", "as in 'Hold at 4.2 V until C/50'")),
    ("Charge at 2 Ah until 4.2 V", ("at '2 Ah'",)),
    ("Hold 4.2 V until C/50", ("at '4.2 V'", "'at' and a voltage")),
    ("Hold at 1C until C/50", ("at '1C'", "a voltage in V or mV")),
    ("Discharge at 1C", ("cannot be run", "'until 3.0 V'", "'for 1 hour'")),
    ("Hold at 4.2 V", ("cannot be run", "'until C/50'")),
    ("Rest", ("a rest needs a duration", "'Rest for 1 hour'")),
    ("Rest until 3 V", ("a rest needs a duration",)),
    ("Rest for 1 hour or until 3 V", ("either side", "'until above 3 V'")),
    ("Rest for 1 hour or until C/50", ("given current", "no current limit")),
    ("Rest for 1 hour or until 1 Ah", ("passes no charge",)),
    ("Discharge at 1C until C/50", ("given current", "no current limit")),
    ("Hold at 4.2 V until 4 V", ("held voltage", "no voltage limit")),
    ("Hold at 4.2 V until 0 A", ("a current limit must be above zero",)),
    ("Hold at 4.2 V until -50 mA", ("a current limit must be above zero",)),
    ("Discharge at 1C until", ("ends too early", "a voltage (3.0 V)")),
    ("Discharge at 1C until 3", ("at '3'",)),
    ("Discharge at 1C until above C/50", ("at 'above C/50'",)),
    ("Discharge at 1C until 3 V or", ("ends too early",)),
    ("Discharge at 1C for 5 parsecs", ("at '5 parsecs'", "a time in seconds, minutes or hours")),
    ("Discharge at 1C for until 3 V", ("at 'until 3 V'", "a time")),
    ("Discharge at 1C for -5 s", ("the duration of a step in s must be above zero, not -5",)),
    ("Rest for 0 s", ("above zero",)),
    ("Rest for 1e999 h", ("must be a finite number, not inf",)),
    ("Discharge at 1e999 A for 1 h", ("must be a finite number, not inf",)),
    ("Discharge at 1C for 1 h for 2 h", ("at 'for 2 h'", "one duration")),
    ("Rest for 1 h at 300 K at 310 K", ("at 'at 310 K'", "one temperature")),
    ("Rest for 1 h (1 s period) (2 s period)", ("one period",)),
    ("Rest for 1 h (0 s period)", ("the output period of a step in s must be above zero",)),
    ("Rest for 1 h (5 minutes)", ("at ')'", "'period)'", "(1 minute period)")),
    ("Rest for 1 h at 25 C", ("at '25 C'", "oC or K", "at 25oC")),
    ("Rest for 1 h at -300oC", ("the temperature of a step in K must be above zero",)),
    ("Discharge at 1C until 3 V please", ("at 'please'",)),
    ("Run US06.csv", ("at 'US06.csv'", "'(A)'", "as in 'Run drive_cycle.csv (A)'")),
    ("Run US06.csv (W)", ("a file of currents and '(A)'",)),
    ("Run nowhere.csv (A)", ("cannot be run", "nowhere.csv' does not exist")),
]


@pytest.mark.parametrize(("text", "words"), BAD, ids=[row[0] or "empty" for row in BAD])
def test_bad_strings_are_explained(text: str, words: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        parse_step(text, tmp_path)
    message = str(caught.value)
    assert f"'{text}'" in message
    assert "\n" not in message
    for word in words:
        assert word in message
    assert caught.value.exit_code == 2


def test_every_example_shown_to_users_is_valid(tmp_path: Path) -> None:
    from femcell.experiments import parse

    (tmp_path / "drive_cycle.csv").write_text("0,0\n1,1\n")
    for example in [*parse.EXAMPLES.values(), parse._FULL_EXAMPLE]:
        assert isinstance(parse_step(example, tmp_path), Step)


def test_only_strings_are_parsed() -> None:
    with pytest.raises(InputError, match=r"a string or a Step, not 3\.0"):
        parse_step(3.0)


# Experiments


def test_cycles_and_numbers() -> None:
    typed = Step(VoltageControl(4.2), (CurrentLimit(Rate(0.05)),))
    experiment = parse_experiment(
        ["Rest for 1 hour", *[("Discharge at 1C until 3 V", "Charge at 1C until 4.2 V", typed)] * 2, typed]
    )
    assert [len(cycle) for cycle in experiment.cycles] == [1, 3, 3, 1]
    assert [(s.number, s.cycle) for s in experiment.steps] == [
        (1, 1), (2, 2), (3, 2), (4, 2), (5, 3), (6, 3), (7, 3), (8, 4)
    ]  # fmt: skip
    assert experiment.steps[3].step is typed
    assert experiment.steps[4].step == parse_step("Discharge at 1C until 3 V")


def test_lists_are_cycles_as_tuples_are() -> None:
    nested = [["Rest for 1 s", "Rest for 2 s"], "Rest for 3 s"]
    assert parse_experiment(nested) == parse_experiment([tuple(nested[0]), nested[1]])


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([], "the experiment has no steps"),
        ([()], "cycle 1 of the experiment has no steps"),
        (["Rest for 1 hour", []], "cycle 2 of the experiment has no steps"),
        ("Rest for 1 hour", "put it in brackets"),
        (7, "a list of steps, not 7"),
        (["Rest for 1 s", ("Rest for 2 s", "Rset for 1 s")], "experiment, step 3: 'Rset for 1 s'"),
        (["Rest for 1 s", None], "experiment, step 2: a step is a string or a Step, not None"),
        ([(["Rest for 1 s"],)], "a step is a string or a Step"),
    ],
)
def test_bad_experiments_are_explained(items: list[object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_experiment(items)
    assert words in str(caught.value)


def test_an_experiment_holds_steps_only() -> None:
    with pytest.raises(InputError, match="parse_experiment"):
        Experiment((("Rest for 1 hour",),))  # type: ignore[arg-type]


# Typed steps


def test_rates_wait_for_the_capacity() -> None:
    assert Rate(0.5).amperes(5.0) == 2.5
    assert Rate(-2.0).amperes(3e-8) == -6e-8
    assert Amperes(1.5).amperes(5.0) == 1.5
    for capacity in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(InputError, match="nominal capacity"):
            Rate(1.0).amperes(capacity)


@pytest.mark.parametrize("value", [math.nan, math.inf, "1", None, True])
@pytest.mark.parametrize(
    "make", [Rate, Amperes, VoltageControl, PowerControl, ResistanceControl, VoltageLimit, CapacityLimit]
)
def test_values_are_finite_numbers(make: type, value: object) -> None:
    with pytest.raises(InputError, match="must be a finite number"):
        make(value)


def test_numpy_scalars_are_numbers() -> None:
    assert VoltageControl(np.float32(3.5)).volts == 3.5  # type: ignore[arg-type]
    assert Step(REST, duration_s=np.int64(10)).duration_s == 10  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [PowerControl, ResistanceControl])
def test_zero_power_and_resistance_are_refused(make: type) -> None:
    with pytest.raises(InputError, match="must not be zero"):
        make(0.0)


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_limits_are_above_zero(value: float) -> None:
    for make in (CapacityLimit, lambda x: CurrentLimit(Rate(x)), lambda x: CurrentLimit(Amperes(x))):
        with pytest.raises(InputError, match="above zero"):
            make(value)


def test_the_side_of_a_voltage_limit_is_checked() -> None:
    with pytest.raises(InputError, match="'above', 'below' or None, not 'left'"):
        VoltageLimit(3.0, "left")  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["duration_s", "output_period_s", "temperature_K"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_times_and_temperature_are_above_zero(field: str, value: float) -> None:
    with pytest.raises(InputError):
        replace(Step(REST, duration_s=1.0), **{field: value})  # type: ignore[arg-type]


def test_a_step_must_be_able_to_end() -> None:
    with pytest.raises(InputError, match="needs an end"):
        Step(drive(Rate(1.0)))
    with pytest.raises(InputError, match="a rest needs a duration"):
        Step(drive(Rate(0.0)), (VoltageLimit(3.0, "below"),))


def test_steps_are_frozen_and_comparable() -> None:
    step = below_3()
    with pytest.raises(FrozenInstanceError):
        step.duration_s = 1.0  # type: ignore[misc]
    assert step == below_3()
    assert len({step, below_3()}) == 1
    assert not step.is_rest
    assert Step(REST, duration_s=1.0).is_rest


# Limits


@pytest.mark.parametrize(
    ("text", "index", "before", "at", "beyond"),
    [
        ("Discharge at 1C until 3 V", 0, (3.2, 5.0, 1.0), (3.0, 5.0, 1.0), (2.9, 5.0, 1.0)),
        ("Charge at 1C until 4.2 V", 0, (4.0, -5.0, -1.0), (4.2, -5.0, -1.0), (4.3, -5.0, -1.0)),
        ("Discharge at 4 W until 3 V", 0, (3.2, 1.0, 0.0), (3.0, 1.3, 0.0), (2.9, 1.4, 0.0)),
        ("Charge at 4 W until 4 V", 0, (3.9, -1.0, 0.0), (4.0, -1.0, 0.0), (4.1, -1.0, 0.0)),
        ("Discharge at 3 Ohm until 3 V", 0, (3.2, 1.1, 0.0), (3.0, 1.0, 0.0), (2.9, 0.9, 0.0)),
        ("Rest for 1 h or until above 3 V", 0, (2.9, 0.0, 0.0), (3.0, 0.0, 0.0), (3.1, 0.0, 0.0)),
        ("Rest for 1 h or until below 3 V", 0, (3.1, 0.0, 0.0), (3.0, 0.0, 0.0), (2.9, 0.0, 0.0)),
        ("Discharge at 1C until above 3 V", 0, (2.9, 5.0, 0.0), (3.0, 5.0, 0.0), (3.1, 5.0, 0.0)),
        # C/50 of 5 Ah is 0.1 A; a hold may charge or discharge.
        ("Hold at 4.2 V until C/50", 0, (4.2, -0.3, 0.0), (4.2, -0.1, 0.0), (4.2, -0.05, 0.0)),
        ("Hold at 3 V until 50 mA", 0, (3.0, 0.3, 0.0), (3.0, 0.05, 0.0), (3.0, 0.01, 0.0)),
        ("Charge at 1C until 4.2 V or 2 Ah", 1, (4.0, -5.0, -1.9), (4.0, -5.0, -2.0), (4.0, -5.0, -2.1)),
        ("Discharge at 1C until 2 Ah", 0, (4.0, 5.0, 1.9), (4.0, 5.0, 2.0), (4.0, 5.0, 2.1)),
    ],
)
def test_limit_functions_change_sign_at_the_limit(
    text: str,
    index: int,
    before: tuple[float, float, float],
    at: tuple[float, float, float],
    beyond: tuple[float, float, float],
) -> None:
    step = parse_step(text)
    g = limit_function(step.limits[index], step, nominal_Ah=5.0)
    assert g(*before) > 0
    assert g(*at) == pytest.approx(0.0, abs=1e-15)
    assert g(*beyond) < 0


def test_limit_functions_measure_the_distance() -> None:
    step = below_3()
    assert limit_function(step.limits[0], step, 5.0)(3.25, 5.0, 0.0) == 0.25


def test_a_limit_without_a_side_is_refused_by_the_limit_function() -> None:
    with pytest.raises(InputError, match="either side"):
        limit_function(VoltageLimit(3.0), Step(REST, duration_s=1.0), 5.0)


def test_limits_passed_at_the_start_are_found() -> None:
    step = parse_step("Charge at 1C until 4.2 V or 2 Ah")
    assert already_passed(step, 4.1, -5.0, 5.0) is None
    assert already_passed(step, 4.2, -5.0, 5.0) == VoltageLimit(4.2)
    assert already_passed(step, 4.3, -5.0, 5.0) == VoltageLimit(4.2)
    assert already_passed(parse_step("Hold at 4 V until C/50"), 4.0, 0.05, 5.0) == CurrentLimit(Rate(0.02))


# Current profiles and drive cycles


def test_profiles_are_linear_between_points() -> None:
    profile = CurrentProfile(np.array([0.0, 10.0, 30.0]), [0.0, 2.0, -2.0])  # type: ignore[arg-type]
    assert profile.times_s == (0.0, 10.0, 30.0)
    assert profile.duration_s == 30.0
    assert [profile.current(t) for t in (0, 5, 10, 20, 25, 30, 31)] == [0, 1, 2, 0, -1, -2, -2]
    assert profile == CurrentProfile((0, 10, 30), (0, 2, -2))
    assert hash(profile) == hash(CurrentProfile((0, 10, 30), (0, 2, -2)))


@pytest.mark.parametrize(
    ("times", "currents", "words"),
    [
        ((0, 1), (1,), "2 times and 1 currents"),
        ((0,), (1,), "at least two points"),
        ((), (), "at least two points"),
        ((1, 2), (1, 1), "must start at 0, not at 1 s"),
        ((0, 2, 2), (1, 1, 1), "2 s follows 2 s"),
        ((0, 2, 1), (1, 1, 1), "1 s follows 2 s"),
        ((0, math.nan), (1, 1), "finite number"),
        ((0, 1), (1, math.inf), "finite number"),
        ((0, "1"), (1, 1), "finite number"),
        ("01", (1, 1), "sequence of numbers"),
        (0, (1, 1), "sequence of numbers"),
    ],
)
def test_bad_profiles_are_explained(times: tuple[float, ...], currents: tuple[float, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        CurrentProfile(times, currents)


def test_a_profile_sets_or_bounds_the_duration() -> None:
    profile = CurrentProfile((0, 10), (1, 1))
    assert Step(profile).duration_s == 10.0
    assert Step(profile, duration_s=4.0).duration_s == 4.0
    with pytest.raises(InputError, match="lasts 10 s, the step 11 s"):
        Step(profile, duration_s=11.0)
    with pytest.raises(InputError, match="either side"):
        Step(profile, (VoltageLimit(3.0),))
    with pytest.raises(InputError, match="given current"):
        Step(profile, (CurrentLimit(Rate(0.1)),))
    assert Step(profile, (VoltageLimit(3.0, "below"), CapacityLimit(1.0))).duration_s == 10.0


@pytest.mark.parametrize(
    "text",
    [
        "time_s,current_A\n0,1.5\n10,-2\n",
        "0,1.5\n10,-2\n",
        "# urban cycle\n\n0, 1.5  # start\n10 ,-2",
        "current_A, cell ,time_s\n1.5,x,0\n-2,y,10\n",
        '\ufeff"time_s","current_A"\r\n0,1.5\r\n1e1,-2.0\r\n',
    ],
    ids=["header", "bare", "comments", "columns by name", "spreadsheet"],
)
def test_drive_cycles_are_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "cycle.csv"
    path.write_text(text, encoding="utf-8")
    profile = read_drive_cycle(path)
    assert profile.times_s == (0.0, 10.0)
    assert profile.currents_A == (1.5, -2.0)
    assert profile.name == "drive cycle cycle.csv"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty; give it the columns time_s,current_A"),
        ("# nothing\n", "is empty"),
        ("t,I\n0,1\n1,1\n", "line 1: the header lacks time_s and current_A"),
        ("time_s,I\n0,1\n1,1\n", "line 1: the header lacks current_A"),
        ("time_s,current_A\n", "at least two points"),
        ("time_s,current_A\n0,1\n", "at least two points"),
        (
            "time_s,current_A\n0,1\n# x\n5,one\n",
            "line 4: current_A must be a finite number with a decimal point, not 'one'",
        ),
        ("0,1\nx,1\n", "line 2: time_s must be a finite number with a decimal point, not 'x'"),
        ("0,1\n1,\n", "line 2: current_A must be a finite number with a decimal point, not ''"),
        ("0,1\n1,nan\n", "line 2: current_A must be a finite number with a decimal point, not 'nan'"),
        ("0,1\n1_0,1\n", "line 2: time_s must be a finite number with a decimal point, not '1_0'"),
        ('time_s,current_A\n"0","0,5"\n', "line 2: current_A must be a finite number with a decimal point, not '0,5'"),
        ('0,1\n"1,1\n', "line 2: it is not CSV"),
        ("0,1\n1,\u0662\n", "line 2: current_A must be a finite number"),
        ("0,1\n1,2,3\n", "line 2: 2 values are expected, separated by commas, not 3"),
        ("0,1,2\n1,2,3\n", "line 1: two values are expected"),
        ("0;1\n1;2\n", "line 1: the header lacks"),
        ("0,1\n2,1\n\n2,1\n", "line 4: times must increase, but 2 s follows 2 s"),
        ("1,1\n2,1\n", "must start at 0, not at 1 s"),
    ],
)
def test_bad_drive_cycles_are_explained(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "cycle.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_drive_cycle(path)
    assert words in str(caught.value)
    assert "cycle.csv" in str(caught.value)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv' does not exist"):
        read_drive_cycle(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="is a folder"):
        read_drive_cycle(tmp_path)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="not UTF-8 text"):
        read_drive_cycle(tmp_path / "binary.csv")


def test_drive_cycles_in_strings(tmp_path: Path) -> None:
    folder = tmp_path / "drive cycles"
    folder.mkdir()
    (folder / "US 06 (2).csv").write_text("time_s,current_A\n0,0\n60,2\n120,-2\n")
    step = parse_step("Run drive cycles/US 06 (2).csv (A)", tmp_path)
    assert isinstance(step.control, CurrentProfile)
    assert step.control.current(30.0) == 1.0
    assert step.duration_s == 120.0
    assert describe(step) == "run drive cycle US 06 (2).csv 2 min"

    text = "Run US 06 (2).csv (A) for 60 s or until below 3.7 V (1 second period)"
    short = parse_experiment([text], folder).steps[0].step
    assert (short.duration_s, short.output_period_s, short.limits) == (
        60.0,
        1.0,
        (VoltageLimit(3.7, "below"),),
    )
    with pytest.raises(InputError, match="lasts 120 s, the step 180 s"):
        parse_step("Run US 06 (2).csv (A) for 3 minutes", folder)
    with pytest.raises(InputError, match="either side"):
        parse_step("Run US 06 (2).csv (A) until 3.7 V", folder)
