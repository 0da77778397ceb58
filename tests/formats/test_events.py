"""Events in and out: what SBML says of them is what the model says, and comes back the same."""

from dataclasses import replace

import pytest

from isthmus import formats
from isthmus.algebra.expression import FALSE, ONE, TIME_NODE, ZERO, call, number, symbol
from isthmus.errors import ModelError
from isthmus.formats.sbml_reader import read_sbml
from isthmus.model.annotation import Annotation
from isthmus.model.compartment import Compartment
from isthmus.model.event import Event, EventAssignment
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.species import Species

K, P, S = symbol("k"), symbol("p"), symbol("S")
LATE = call("gt", TIME_NODE, number(5))
EVENTS = (
    Event(
        "dose",
        call("and", LATE, call("lt", S, number("0.5"))),
        (EventAssignment("S", S + K), EventAssignment("p", P + 1)),
        initially=False,
        persistent=False,
        delay=K * 2,
        priority=-S,
        at_trigger=False,
        name="a <dose>",
        annotation=Annotation("meta_dose", "SBO:0000231"),
    ),
    Event("swell", LATE, (EventAssignment("cell", number(2)),)),
    Event("never", FALSE),
)


def pulsed() -> Model:
    return Model(
        id="pulsed",
        compartments=(Compartment("cell", 1.0, constant=False),),
        species=(Species("S", "cell", 1.0),),
        parameters=(Parameter("k", 0.5), Parameter("p", 0.0, constant=False)),
        events=EVENTS,
    )


def read(text: str) -> formats.Imported:
    return read_sbml(text.encode(), "dir/m.xml")


def test_every_part_of_an_event_comes_back() -> None:
    text = formats.sbml_text(pulsed())
    assert formats.check_sbml(text) == []
    again = formats.read(text)
    assert again.model.events == EVENTS
    assert formats.sbml_text(again.model) == text


def test_what_an_event_assigns_is_written_as_not_constant() -> None:
    model = pulsed()
    held = replace(model, parameters=tuple(replace(p, constant=True) for p in model.parameters))
    again = formats.read_model(formats.sbml_text(held))
    assert [p.constant for p in again.parameters] == [True, False]


def test_antimony_says_the_same() -> None:
    text = """
      model m
        species A; A = 1; k = 0.1; p = 0
        A -> ; k*A
        e: at 2 after (A < 0.5 && time > 1), priority = 3, t0=false, persistent=false, fromTrigger=false: \
A = 1, p = p + 1
        at (k > 1): p = 7
      end
    """
    first, second = formats.read_model(text).events
    condition = call("and", call("lt", symbol("A"), number("0.5")), call("gt", TIME_NODE, ONE))
    assert first == Event(
        "e",
        condition,
        (EventAssignment("A", ONE), EventAssignment("p", P + 1)),
        initially=False,
        persistent=False,
        delay=number(2),
        priority=number(3),
        at_trigger=False,
    )
    # What Antimony means where nothing is said.
    assert (second.initially, second.persistent, second.at_trigger) == (True, True, True)
    assert (second.delay, second.priority) == (None, None)


def test_events_survive_antimony_text() -> None:
    again = formats.read_model(formats.antimony_text(replace(pulsed(), events=EVENTS[:2])))
    plain = [replace(event, annotation=Annotation()) for event in EVENTS[:2]]
    assert [replace(event, annotation=Annotation()) for event in again.events] == plain


def level_two(math, version: int, attributes: str = "") -> str:
    trigger = math(
        '<apply><gt/><csymbol definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol>'
        "<cn>5</cn></apply>"
    )
    return (
        '<listOfParameters><parameter id="p" value="0" constant="false"/></listOfParameters>'
        f"<listOfEvents><event{attributes}><trigger>{trigger}</trigger><delay>{math('<cn>2</cn>')}</delay>"
        f'<listOfEventAssignments><eventAssignment variable="p">{math("<cn>3</cn>")}</eventAssignment>'
        "</listOfEventAssignments></event></listOfEvents>"
    )


@pytest.mark.parametrize("version", [1, 4])
def test_level_two_has_defaults(sbml, math, version: int) -> None:
    (event,) = read(sbml(level_two(math, version), 2, version)).model.events
    assert event == Event("event", LATE, (EventAssignment("p", number(3)),), delay=number(2))


def test_level_two_can_take_values_at_execution(sbml, math) -> None:
    text = sbml(level_two(math, 4, ' useValuesFromTriggerTime="false"'), 2, 4)
    assert not read(text).model.events[0].at_trigger


def test_time_units_of_an_event_are_a_loss(sbml, math) -> None:
    imported = read(sbml(level_two(math, 1, ' timeUnits="second"'), 2, 1))
    assert any("timeUnits='second'" in str(loss) for loss in imported.losses)


def test_events_without_ids_get_different_ones(sbml) -> None:
    event = '<event useValuesFromTriggerTime="true"/>'
    text = sbml(
        f'<listOfEvents>{event}<event id="event_2" useValuesFromTriggerTime="true"/>{event}</listOfEvents>'
    )
    assert [e.id for e in read(text).model.events] == ["event", "event_2", "event_3"]


def test_what_has_no_formula_does_nothing(sbml, math) -> None:
    trigger = '<trigger initialValue="false" persistent="true"/>'
    text = sbml(
        '<listOfParameters><parameter id="p" value="0" constant="false"/></listOfParameters>'
        f'<listOfEvents><event id="e" useValuesFromTriggerTime="true">{trigger}<priority/><delay/>'
        '<listOfEventAssignments><eventAssignment variable="p"/></listOfEventAssignments>'
        "</event></listOfEvents>"
    )
    imported = read(text)
    assert imported.model.events == (Event("e", FALSE, initially=False),)
    assert sorted(str(loss) for loss in imported.losses) == [
        "event 'e': it has no trigger and never fires",
        "event 'e': its assignment to 'p' has no formula and does nothing",
        "event 'e': its delay has no formula and does nothing",
        "event 'e': its priority has no formula and does nothing",
    ]


def one_event(math, trigger: str, value: str, extra: str = "") -> str:
    return (
        '<listOfParameters><parameter id="p" value="0" constant="false"/>'
        f'<parameter id="k" value="1" constant="true"/></listOfParameters>{extra}'
        '<listOfEvents>\n<event id="e" useValuesFromTriggerTime="true">'
        f'<trigger initialValue="true" persistent="true">{math(trigger)}</trigger>'
        f'<listOfEventAssignments><eventAssignment variable="p">{math(value)}</eventAssignment>'
        "</listOfEventAssignments></event></listOfEvents>"
    )


def test_numbers_and_conditions_stand_for_each_other(sbml, math) -> None:
    (event,) = read(
        sbml(one_event(math, "<ci>k</ci>", "<apply><lt/><ci>p</ci><ci>k</ci></apply>"))
    ).model.events
    assert event.trigger is call("ne", K, ZERO)
    assert event.assignments[0].formula is call("piecewise", ONE, call("lt", P, K), ZERO)


def refusal(text: str) -> ModelError:
    with pytest.raises(ModelError) as caught:
        read(text)
    return caught.value


def test_a_constant_cannot_be_assigned(sbml, math) -> None:
    text = sbml(one_event(math, "<true/>", "<cn>1</cn>")).replace(
        'id="p" value="0" constant="false"', 'id="p" value="0" constant="true"'
    )
    error = refusal(text)
    assert error.code == "E-EVENT-TARGET" and "'p', which is constant" in error.found
    assert (error.where.line, error.where.object) == (5, "event 'e'")


def test_what_a_rule_gives_cannot_be_assigned(sbml, math) -> None:
    rule = f'<listOfRules><assignmentRule variable="p">{math("<ci>k</ci>")}</assignmentRule></listOfRules>'
    error = refusal(sbml(one_event(math, "<true/>", "<cn>1</cn>", rule)))
    assert error.code == "E-EVENT-TARGET" and "a rule gives at all times" in error.found


def test_an_unknown_name_in_a_trigger_is_placed(sbml, math) -> None:
    error = refusal(sbml(one_event(math, "<ci>ghost</ci>", "<cn>1</cn>")))
    assert error.code == "E-UNKNOWN-ID" and error.where.object == "event 'e'"


def test_an_assignment_to_nothing_is_refused(sbml, math) -> None:
    text = sbml(one_event(math, "<true/>", "<cn>1</cn>")).replace('variable="p"', 'variable="ghost"')
    assert refusal(text).code == "E-UNKNOWN-ID"
