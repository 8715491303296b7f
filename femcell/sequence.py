"""An experiment on a system, one of its steps after the other."""

from femcell.errors import SolveError
from femcell.experiments import Experiment, Step, describe
from femcell.experiments.bounds import bounded, fraction_done, stops_within, told
from femcell.experiments.drive import Ending, drive_step, set_control
from femcell.io.progress import Progress
from femcell.record import Recorder
from femcell.solvers.diagnose import BEYOND, OVER, suspects
from femcell.solvers.stepper import Trial


def run_steps(
    recorder: Recorder,
    steps: Experiment,
    capacity_Ah: float,
    bar: Progress,
    endings: list[str],
    *,
    resumed: bool,
) -> None:
    """All steps of the experiment from where the recorder stands."""
    stepper, control = recorder.stepper, recorder.discrete.system.control
    own_Ah = capacity_Ah if control is None else control.current_scale
    for numbered in steps.steps:
        if numbered.number < recorder.place[0]:
            continue
        step = bounded(numbered.step, capacity_Ah, own_Ah)
        title = f"[{numbered.number}/{len(steps.steps)}] {describe(step)}"
        inside = resumed and numbered.number == recorder.place[0]
        if not inside:
            started = stepper.time if stepper.past.times else 0.0
        else:
            started = recorder.place[1]
            _check_bounds(recorder, bar)
        set_control(control, step, stepper.time - started if inside else 0.0, capacity_Ah)
        if not inside:
            stepper.start(started)
            recorder.begin(numbered.number)
            recorder.write_fields()
            recorder.checkpoint(force=True)
        bar.begin(title)
        stops = stops_within(step, started, recorder.settings.fields_at_s, recorder.settings.fields_every_s)
        opening = recorder.meter(None).voltage

        def accepted(
            trial: Trial,
            step: Step = step,
            started: float = started,
            stops: tuple[float, ...] = stops,
            opening: float = opening,
        ) -> None:
            recorder.accepted(trial)
            if stepper.time in stops:
                recorder.write_fields()
            _check_bounds(recorder, bar)
            m = recorder.meter(None)
            fraction = fraction_done(step, stepper.time - started, opening, m.voltage, m.charge_Ah, capacity_Ah)
            bar.update(fraction, stepper.time, m.voltage, trial.step, trial.newton.iterations, trial.newton.krylov)
            recorder.checkpoint()

        ended = drive_step(
            stepper,
            control,
            step,
            started=started,
            capacity_Ah=capacity_Ah,
            stops=stops,
            meter=recorder.meter,
            judge=recorder.judge,
            accepted=accepted,
        )
        resumed = False
        recorder.write_fields()
        endings.append(f"{describe(step)}: {told(ended, numbered.step, step)}")
        bar.end()
        if ended.ending is Ending.TIME and step.duration_s != numbered.step.duration_s:
            raise SolveError(f"step '{describe(numbered.step)}' did not reach its limit within {step.duration_s:.4g} s")


def _check_bounds(recorder: Recorder, bar: Progress) -> None:
    """Say where a field has left the values that mean something, once for each; SolveError where it is far off."""
    when = f"at t = {recorder.stepper.time:.6g} s"
    for found in suspects(recorder.discrete, -OVER):
        if found.share > BEYOND:
            raise SolveError(f"a field left its bounds {when}: {found.told}")
        if found.field not in recorder.overshot:
            bar.warn(f"{when} {found.told}; profiles are too steep for the cells there.")
        recorder.overshot[found.field] = max(found.share, recorder.overshot.get(found.field, 0.0))
