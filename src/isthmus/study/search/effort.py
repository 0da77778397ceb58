"""How hard to search."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """The knobs of the ladder search.

    start_points: domain points beside the nominal one. draws: of the hunt. allowed: violations of the hunt
    that count as clean. margin: the search works at margin × tolerance. filter: steps predicted above
    filter × tolerance are not tried. rounds: of search and hunt. seconds: a safety stop; it is told when it
    strikes.
    restarts: descents in another order, for models of up to largest_restarted states, that may find something
    simpler. looser: multiples of the tolerance at which the ladder goes on below what was asked for.
    """

    start_points: int = 5
    draws: int = 1000
    allowed: int = 1
    margin: float = 0.8
    filter: float = 3.0
    rounds: int = 12
    restarts: int = 2
    largest_restarted: int = 40
    seconds: float = 60.0
    looser: tuple[float, ...] = (3.0, 10.0)
