"""Small models that something drives: doses, pulses, resets, switches and time itself.

Each has an enzyme that is fast beside its substrate, so that something can be taken out of it.
"""

ENZYME = """
  compartment cell = 1; species S in cell = 10, E in cell = 0.1, C in cell = 0, P in cell = 0
  k_on = 1; k_off = 0.5; k_cat = 0.25; k_out = 0.02
  make: C => E + P; cell*k_cat*C
  lose: P => ; cell*k_out*P
"""
BINDING = "bind: S + E -> C; cell*(k_on*S*E - k_off*C)"


def driven(name: str, more: str, binding: str = BINDING) -> str:
    """The enzyme with something more."""
    return f"model {name}{ENZYME}  {binding}\n  {more}\nend"


# name: (text, observable, horizon)
DRIVEN = {
    # The second event changes a conserved total, which the reduced model carries as a parameter.
    "dosed": (
        driven("dosed", "more: at (time > 33.4): S = S + 5\n  stronger: at (time > 71.7): E = E + 0.05"),
        "P",
        "150",
    ),
    "fed_in_pulses": (
        driven(
            "fed_in_pulses", "dose = 4; period = 31.3\n  pulse: at (sin(time*6/period) > 0.9): S = S + dose"
        ),
        "P",
        "60",
    ),
    "harvested": (
        driven("harvested", "full = 1.3; left = 0.4\n  harvest: at (P > full): P = left"),
        "P",
        "150",
    ),
    "stronger_late": (
        driven("stronger_late", "low = 6.1; wait = 7.3\n  late: at wait after (S < low): k_cat = k_cat*2"),
        "P",
        "150",
    ),
    "two_at_once": (
        driven(
            "two_at_once",
            "when = 40.3\n  first: at (time > when), priority = 2: S = S + 3\n"
            "  second: at (time > when), priority = 1: S = S*2",
        ),
        "P",
        "150",
    ),
    "taken_away_again": (
        driven(
            "taken_away_again",
            "inhibitor = 0; strength = 3\n  add: at (time > 20.7): inhibitor = 1\n"
            "  wash: at (time > 80.9): inhibitor = 0",
            "bind: S + E -> C; cell*(k_on*S*E/(1 + strength*inhibitor) - k_off*C)",
        ),
        "P",
        "150",
    ),
    "fed_at_a_rate_of_time": (
        driven(
            "fed_at_a_rate_of_time",
            "feed = 0.05; pace = 0.15\n  inflow: => S; cell*feed*(1 + sin(pace*time))",
        ),
        "P",
        "150",
    ),
    "fed_for_a_while": (
        driven(
            "fed_for_a_while",
            "feed = 0.1; on = 15.5; off = 60.5\n"
            "  inflow: => S; cell*piecewise(feed, (time >= on) && (time < off), 0)",
        ),
        "P",
        "150",
    ),
    "saturating_by_a_kink": (
        driven("saturating_by_a_kink", "most = 0.08; pull = 0.02\n  drain: S => ; cell*min(pull*S, most)"),
        "P",
        "150",
    ),
}
