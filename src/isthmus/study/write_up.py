"""Everything that was found, written up as a study."""

from __future__ import annotations

from collections.abc import Sequence

from isthmus.dynamics.rates import Dynamics
from isthmus.formats import Imported
from isthmus.model.question import Question
from isthmus.records.law import Law, Lumped, Total
from isthmus.records.overlay import Overlay
from isthmus.records.provenance import collect_provenance
from isthmus.records.scales import Scales
from isthmus.records.study import Study
from isthmus.records.trajectory import Trajectory
from isthmus.simulate.rates import simulate
from isthmus.study.clock import Clock
from isthmus.study.issue import Issued
from isthmus.study.laws import find_laws, find_lumped, find_totals
from isthmus.study.search.ladder import Foothold
from isthmus.study.size import find_size
from isthmus.study.unit_labels import observable_unit, unit_label

OVERLAY_POINTS = 400


def make_study(
    imported: Imported,
    full: Dynamics,
    question: Question,
    ladder: Sequence[Foothold],
    issued: Issued | None,
    scales: Scales,
    notes: Sequence[str],
    clock: Clock,
    interrupted: bool,
    command: str,
) -> Study:
    """The study of an answered question; `issued` is None where nothing smaller was certified."""
    model = imported.model
    hashes = {"full.xml": model.sha256}
    laws: tuple[Law, ...] = ()
    lumped: tuple[Lumped, ...] = ()
    totals: tuple[Total, ...] = ()
    after = ladder[0].rung.size
    reduced = full
    if issued is not None:
        reduced = issued.reduced
        chosen = ladder[issued.position]
        assert chosen.written is not None
        hashes["reduced.xml"] = reduced.model.sha256
        laws = find_laws(model, reduced.model)
        lumped = find_lumped(chosen.written.realised, reduced)
        totals = find_totals(chosen.written.realised, reduced)
        after = chosen.rung.size
    return Study(
        model=model.name or model.id,
        question=question,
        before=find_size(model),
        after=after,
        ladder=tuple(hold.rung for hold in ladder),
        chosen=issued.position if issued is not None else 0,
        certificate=issued.certificate if issued is not None else None,
        laws=laws,
        lumped=lumped,
        totals=totals,
        scales=scales.lines(),
        overlay=_overlay(full, reduced, question),
        provenance=collect_provenance(command, question.seed, model.source, hashes),
        notes=(*(str(loss) for loss in imported.losses), *notes),
        seconds=clock.laps,
        time_unit=unit_label(model, model.units.time),
        interrupted=interrupted,
    )


def _overlay(full: Dynamics, reduced: Dynamics, question: Question) -> Overlay:
    def curves(dynamics: Dynamics) -> Trajectory:
        return simulate(dynamics, question.horizon, points=OVERLAY_POINTS, observables=question.observables)

    first, second = curves(full), curves(reduced)
    peaks = [float(abs(column).max()) for column in first.observed.T]
    return Overlay(
        tuple(map(float, first.times)),
        tuple(o.name for o in question.observables),
        tuple(tuple(map(float, column)) for column in first.observed.T),
        tuple(tuple(map(float, column)) for column in second.observed.T),
        tuple(peak or 1.0 for peak in peaks),
        tuple(observable_unit(full.model, o) for o in question.observables),
    )
