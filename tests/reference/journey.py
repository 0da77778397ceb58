"""The loop over jumps and events again, in plain Python over the same NDF steps.

`integrate` must give what `solve_switched` gives to the last bit: the same events at the same times, the same
steps. Marches themselves are checked elsewhere.
"""

import math
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from isthmus.seeds import generator
from isthmus.solve.history import History
from isthmus.solve.ndf_driver import STEPS, SWITCHED
from isthmus.solve.ndf_march import NdfMarch
from isthmus.solve.relax import relax
from isthmus.solve.result import ResultCode
from isthmus.solve.watch import Lookout

BEYOND = {
    ResultCode.STEP_UNDERFLOW,
    ResultCode.NOT_FINITE,
    ResultCode.NEWTON_FAILED,
    ResultCode.SINGULAR,
    ResultCode.INCONSISTENT_START,
}


@dataclass
class Pending:
    """An event that was triggered and waits for its time; values: None where they are not known yet."""

    time: float
    event: int
    values: list | None


def lots():
    """Numbers from 0 to 1, the same in every run."""
    block = 0
    while True:
        yield from generator("events of equal priority", block).random(256).tolist()
        block += 1


class Echoes:
    """When jumps come back: a jump at t is felt at t + lag, one derivative higher, up to the second."""

    def __init__(self, lags):
        self.lags, self.waiting = lags, []

    def add(self, time, derivative):
        for lag in self.lags if derivative < 2 else ():
            heappush(self.waiting, (time + lag, derivative + 1))

    def next_stop(self):
        return beside(self.waiting[0][0], -4) if self.waiting else math.inf

    def cross(self, time):
        after = time
        while self.waiting and beside(self.waiting[0][0], -4) <= after:
            echo, derivative = heappop(self.waiting)
            after = max(after, beside(echo, 4))
            self.add(echo, derivative)
        return after


def beside(time, doubles):
    return time + doubles * math.ulp(time)


def beyond(time, doubles):
    for _ in range(abs(doubles)):
        time = math.nextafter(time, math.copysign(math.inf, doubles))
    return time


class Journey:
    """One integration of a switched system."""

    def __init__(self, switched, t0, t1, x0, p, rtol, atol, max_steps):
        self.switched, self.start, self.end = switched, t0, t1
        self.p, self.rtol = switched.lengthened(np.array(p, dtype=float)), rtol
        self.atol, self.x = np.array(atol, dtype=float), np.array(x0, dtype=float)
        self.march = NdfMarch(switched.frozen, t0, self.x, self.p, rtol, self.atol, max_steps, None)
        self.lookout = Lookout(switched, self.p)
        self.lookout.begin(t1 - t0)
        lags = switched.lag_values(t0, self.x, self.p)
        self.echoes, self.history = Echoes(lags), None
        if switched.lags is not None:
            self.history = History()
            self.p[switched.ordinary - 1] = self.history.bits
            self.march.limit(0.9 * lags[0] if lags else math.inf)
            self.march.show(self.history)
        self.echoes.add(t0, 1)
        switched.read_modes(t0, self.x, self.p)
        self.pending, self.executed, self.lots = [], [], lots()
        table = switched.events
        self.held = [] if table is None else [float(value) for value in table.initially]
        self.switches, self.short, self.live_from, self.slides = 0, 0, math.inf, False

    def run(self):
        """Return the solution, the events, the switches and from when on rates were taken as written."""
        code = self.begin()
        code = self.settle() if code is ResultCode.SUCCESS else code
        while code is ResultCode.SUCCESS and self.march.t < self.end:
            code = self.go_on()
        return self.march.solution(code), tuple(self.executed), self.switches, self.live_from

    def begin(self):
        if not self.switched.settles:
            return ResultCode.SUCCESS
        code = self.place()
        self.leap_if_moved(self.march.x)
        return code

    def go_on(self):
        before, done = self.march.t, len(self.executed)
        code = self.march.advance(self.next_stop(before), self.lookout.address)
        code = ResultCode.SUCCESS if code == SWITCHED else ResultCode(code)
        if code in BEYOND and self.go_live():
            return ResultCode.SUCCESS
        if code is not ResultCode.SUCCESS:
            return ResultCode.SLIDING if self.slides else code
        after = min(self.echoes.cross(self.march.t), self.end)
        if self.echoes.lags and after > self.march.t:
            self.leap(after, self.march.x)
        code = self.settle()
        short = self.march.t - before <= 1e-12 * max(abs(before), self.end - self.start)
        self.short = self.short + 1 if short else 0
        if self.short > 40 and code is ResultCode.SUCCESS:
            self.short = 0
            if len(self.executed) > done or not self.go_live():
                return ResultCode.ENDLESS_EVENTS
            self.slides = True
        return code

    def leap(self, t, x):
        """Keep a step on which nothing was integrated."""
        shelf, room = self.march._shelf, self.march._room
        steps = self.march.steps
        if shelf.is_full(steps):
            shelf.enlarge(steps)
        shelf.spacing[steps] = t - shelf.t[steps]
        shelf.t[steps + 1], shelf.x[steps + 1], shelf.first[steps + 1] = t, x, shelf.first[steps]
        room.progress[STEPS] = steps + 1
        self.march.restart(t, x)

    def leap_if_moved(self, before):
        if self.x.tolist() != before.tolist():
            self.leap(self.march.t, self.x)
            self.echoes.add(self.march.t, 0)
            return True
        return False

    def settle(self):
        """Execute the events of this time and read the modes."""
        before, held = self.march.x, self.modes
        self.x = before.copy()
        code = self.happen()
        if not self.leap_if_moved(before) and self.modes != held:
            self.march.restart(self.march.t, self.march.x)
            self.echoes.add(self.march.t, 1)
            self.switches += 1
        return code

    @property
    def modes(self):
        return self.p[self.switched.ordinary :][: self.switched.modes].tolist()

    def read_modes(self):
        before = self.modes
        self.switched.read_modes(self.march.t, self.x, self.p)
        return self.modes != before

    def happen(self):
        """Events and modes in turns, until neither sets off the other."""
        code = ResultCode.SUCCESS
        for _ in range(10):
            code = self.execute_all() if self.switched.events is not None else ResultCode.SUCCESS
            if code is not ResultCode.SUCCESS or not self.read_modes() or not self.is_algebraic:
                return code
            before = self.x.tolist()
            code = self.place()
            if code is not ResultCode.SUCCESS or self.x.tolist() == before:
                return code
        return code

    @property
    def is_algebraic(self):
        return self.switched.live.is_algebraic

    def place(self):
        """Put the state on the constraints, with the modes that go with it."""
        system = self.switched.onto_constraints
        for _ in range(10):
            self.read_modes()
            if system is None:
                return ResultCode.SUCCESS
            size = max(float(np.abs(self.x).max()), 1e-300)
            scale = 1e-9 * np.maximum(np.abs(self.x), 1e-6 * size)
            relaxed = relax(system, self.x, self.p, self.march.t, scale=scale)
            code = ResultCode.SUCCESS if relaxed.ok else ResultCode.INCONSISTENT_START
            if not relaxed.ok or np.allclose(relaxed.x, self.x, rtol=1e-9, atol=0.0):
                return code
            self.x = relaxed.x
        return code

    def execute_all(self):
        """Trigger and execute all that there is here, moving the state."""
        table, executed = self.switched.events, 0
        while True:
            t = self.march.t
            holds = table.conditions(t, self.x, self.p).tolist()
            if holds != self.held:
                self.pending = [w for w in self.pending if holds[w.event] != 0 or table.persistent[w.event]]
                delays, values = (kernel(t, self.x, self.p) for kernel in (table.delays, table.values))
                for event, (now, then) in enumerate(zip(holds, self.held, strict=True)):
                    if now != 0.0 and then == 0.0:
                        if not delays[event] >= 0.0:
                            return ResultCode.BAD_DELAY
                        given = values[self.values_of(event)].tolist() if table.at_trigger[event] else None
                        self.pending.append(Pending(t + float(delays[event]), event, given))
                self.held = holds
            due = [waiting for waiting in self.pending if waiting.time <= t]
            if not due:
                return ResultCode.SUCCESS
            executed += 1
            if executed > 1000 + 10 * len(table.ids):
                return ResultCode.ENDLESS_EVENTS
            self.execute(self.first_of(due))
            if self.is_algebraic and (code := self.place()) is not ResultCode.SUCCESS:
                return code

    def first_of(self, due):
        """The one of largest priority, or one of those drawn by lot."""
        if len(due) == 1:
            return due[0]
        priorities = self.switched.events.priorities(self.march.t, self.x, self.p).tolist()
        ranks = [priorities[waiting.event] for waiting in due]
        ranks = [-math.inf if math.isnan(rank) else rank for rank in ranks]
        best = [waiting for waiting, rank in zip(due, ranks, strict=True) if rank == max(ranks)]
        if len(best) == 1 or max(ranks) == -math.inf:
            return best[0]
        return best[int(len(best) * next(self.lots))]

    def execute(self, chosen):
        table, t = self.switched.events, self.march.t
        self.pending = [waiting for waiting in self.pending if waiting is not chosen]
        place = self.values_of(chosen.event)
        first = len(self.p) - table.values.width
        values = chosen.values
        if values is None:
            values = table.values(t, self.x, self.p)[place]
        self.p[first + place.start : first + place.stop] = values
        landings = table.landings(t, self.x, self.p)
        for k in range(int(table.first_target[chosen.event]), int(table.first_target[chosen.event + 1])):
            self.x[table.targets[k]] = landings[k]
        self.executed.append((t, chosen.event))

    def values_of(self, event):
        first = self.switched.events.first_value
        return slice(int(first[event]), int(first[event + 1]))

    def go_live(self):
        """Take the rates as written from here on; return whether that changes anything."""
        if self.live_from < math.inf or self.switched.frozen is self.switched.live:
            return False
        self.live_from = self.march.t
        self.march.use(self.switched.live)
        if self.history is not None:
            self.march.show(self.history)
        self.lookout.watch(self.switched.of_events)
        return True

    def next_stop(self, t):
        """The end, an event that waits, an echo, or a time at which a mode of time alone changes."""
        stop = min([self.end, *(waiting.time for waiting in self.pending)])
        if self.echoes.lags:
            stop = min(stop, max(self.echoes.next_stop(), beyond(t, 1)))
        roots = self.switched.landmarks(t, self.x, self.p).tolist()
        ahead = [root for root in roots if beyond(t, 3) < root < stop]
        return min(stop, self.change_near(min(ahead))) if ahead else stop

    def change_near(self, root):
        """The first double near a root at which a mode of time alone is not as held."""
        near = [beyond(root, k) for k in range(-3, 4)]
        if self.timed_differ(root):
            earlier = near[:4]
            while len(earlier) > 1 and self.timed_differ(earlier[-2]):
                earlier.pop()
            return earlier[-1]
        return next((time for time in near[4:] if self.timed_differ(time)), root)

    def timed_differ(self, time):
        live = self.switched.timed(time, self.x, self.p).tolist()
        return live != self.modes[: self.switched.timed.width]


def integrate(switched, t0, t1, x0, p, rtol, atol, max_steps=100_000):
    """As `solve_switched`: (solution, executed, switches, live_from)."""
    return Journey(switched, t0, t1, x0, p, rtol, atol, max_steps).run()
