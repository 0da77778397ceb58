"""The laws of two models side by side."""

from isthmus import formats
from isthmus.records.law import Law
from isthmus.study.laws import find_laws

FULL = """
model dosed
  species S, P; S = 3; P = 0;
  R1: S -> P; k*S;
  k = 2; dose = 5; twice := 2*P;
  E1: at time > 1: S = S + dose;
end
"""
REDUCED = """
model dosed
  species P; P = 0;
  R1: -> P; k*S;
  k = 2; dose = 5; S_0 = 3;
  S := total - P;
  total = 3*S_0;
  E1: at time > 1: total = total + dose;
end
"""


def written(law: Law) -> tuple[str, str]:
    before, after = (side.infix if side is not None else "" for side in (law.before, law.after))
    return before, after


def test_laws_that_stay_change_come_and_go():
    laws = {(law.role, law.target): law for law in find_laws(*map(formats.read_model, (FULL, REDUCED)))}
    assert not laws["rate", "R1"].changed
    assert written(laws["assignment", "twice"]) == ("2*P", "")
    assert written(laws["assignment", "S"]) == ("", "total - P")
    # A start that is a name or a number says nothing new.
    starts = {target: written(law) for (role, target), law in laws.items() if role == "initial"}
    assert starts == {"total": ("", "3*S_0")}


def test_what_an_event_sets_is_a_law():
    laws = {law.target: law for law in find_laws(*map(formats.read_model, (FULL, REDUCED))) if law.event}
    assert {law.event for law in laws.values()} == {"E1"}
    assert written(laws["S"]) == ("S + dose", "")
    assert written(laws["total"]) == ("", "total + dose")
    assert all(type(law).from_json(law.as_json()) == law for law in laws.values())
