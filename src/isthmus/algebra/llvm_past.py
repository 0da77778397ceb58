"""How kernels look up the past of a state: by a function that they are told the address of."""

from typing import Final

HISTORY: Final = "history:"
"""The slot in p with the address of a history, as the bits of a double: a table of 64-bit words, the first of
which is the address of `double look(table, state, time)`. Without one (0) all is as at time 0."""

LOOK_UP: Final = """
define internal double @look.up(double %bits, double %now, double %lag, ptr %x, i64 %state) {
  %address = bitcast double %bits to i64
  %none = icmp eq i64 %address, 0
  br i1 %none, label %missing, label %known
missing:
  %begins = fcmp oeq double %now, 0.0
  %place = getelementptr double, ptr %x, i64 %state
  %start = load double, ptr %place
  %value = select i1 %begins, double %start, double 0x7FF8000000000000
  ret double %value
known:
  %table = inttoptr i64 %address to ptr
  %look = load ptr, ptr %table
  %then = fsub double %now, %lag
  %found = call double %look(i64 %address, i64 %state, double %then)
  ret double %found
}"""
