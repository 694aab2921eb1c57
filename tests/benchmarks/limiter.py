"""``python -m tests.benchmarks.limiter``: the limiter's rule against plain backoff, in a simulated minute or more.

The service is a token bucket or a fixed window. A response takes 0.5 s (log-normal), a refusal has ``Retry-After`` in
whole seconds. Nothing waits: a scene takes seconds. Each runs with five seeds; the table shows the means.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import math
import random
from collections import deque
from typing import Callable, Deque, Dict, List, NamedTuple, Optional, Sequence, Tuple

from azure.ai.inference._core.rate import Rate

MAX_WAIT = 120.0
SEEDS = range(5)
LATENCY, LATENCY_OF_REFUSALS = 0.5, 0.05


class Clock:
    """The time of a simulation, and what is to happen."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: List[Tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.now + seconds, next(self._count), event))

    def run(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            self.now, _, event = heapq.heappop(self._events)
            event()


class Capacity(NamedTuple):
    """What a service accepts from a moment on."""

    since: float
    per_second: float
    burst: float


class Service:
    """A token bucket, whose rate may change; or a fixed window of some seconds."""

    def __init__(
        self, clock: Clock, chance: random.Random, steps: Sequence[Capacity], *, cost: float = 0.0, window: float = 0.0
    ) -> None:
        self._clock, self._chance = clock, chance
        self._steps, self._cost, self._window = steps, cost, window
        self._tokens, self._filled = steps[0].burst, 0.0
        self._of_window: Dict[int, int] = {}
        self.accepted, self.refused = [0] * len(steps), 0

    def _step(self) -> int:
        return max(number for number, step in enumerate(self._steps) if step.since <= self._clock.now)

    def send(self, answer: Callable[[Optional[float]], None]) -> None:
        """Respond to a request: None for an accepted one, else the seconds of its ``Retry-After``."""
        wait = self._judge()
        if wait is None:
            self.accepted[self._step()] += 1
        else:
            self.refused += 1
        median = LATENCY if wait is None else LATENCY_OF_REFUSALS
        self._clock.after(self._chance.lognormvariate(math.log(median), 0.3), lambda: answer(wait))

    def _judge(self) -> Optional[float]:
        now, step = self._clock.now, self._steps[self._step()]
        if self._window:
            number = int(now // self._window)
            self._of_window[number] = self._of_window.get(number, 0) + 1
            if self._of_window[number] <= step.per_second * self._window:
                return None
            return float(math.ceil((number + 1) * self._window - now))
        self._tokens = min(step.burst, self._tokens + (now - self._filled) * step.per_second)
        self._filled = now
        if self._tokens >= 1:
            self._tokens -= 1
            return None
        self._tokens -= min(self._tokens, self._cost)
        return float(max(1, math.ceil((1 - self._tokens) / step.per_second)))

    def capacity(self, until: float) -> float:
        """Return how many requests it could have accepted until then."""
        ends = [step.since for step in self._steps[1:]] + [until]
        spans = (step.per_second * (end - step.since) for step, end in zip(self._steps, ends))
        return sum(spans) + (0 if self._window else self._steps[0].burst)


class Limited:
    """Callers of one process that share a limiter: the first in the line starts when the rule says so."""

    def __init__(self, clock: Clock, service: Service, chance: random.Random) -> None:
        self._clock, self._service = clock, service
        self._rate = Rate(None, None, MAX_WAIT)
        self._line: Deque[Callable[[bool], None]] = deque()
        self._alarm = math.inf

    def ask(self, done: Callable[[bool], None]) -> None:
        self._line.append(done)
        self._go_on()

    def _go_on(self) -> None:
        while self._line:
            delay = self._rate.delay(self._clock.now)
            if delay > 1e-9:
                self._wait(delay)
                return
            self._start(self._line.popleft())

    def _wait(self, delay: float) -> None:
        moment = self._clock.now + delay
        if moment < self._alarm - 1e-9:
            self._alarm = moment
            self._clock.after(delay, lambda: self._ring(moment))

    def _ring(self, moment: float) -> None:
        if self._alarm == moment:
            self._alarm = math.inf
            self._go_on()

    def _start(self, done: Callable[[bool], None]) -> None:
        started = self._clock.now
        self._rate.start(started, waited=bool(self._line))

        def answer(wait: Optional[float]) -> None:
            self._rate.end()
            if wait is None:
                self._rate.succeed(self._clock.now)
                done(True)
            else:
                self._rate.refuse(self._clock.now, started, wait)
                self._line.appendleft(done)
            self._go_on()

        self._service.send(answer)


class BackingOff:
    """Callers that each wait alone: exponentially longer, by 25% more or less, up to 60 s."""

    def __init__(self, clock: Clock, service: Service, chance: random.Random, attempts: float = math.inf) -> None:
        self._clock, self._service, self._chance, self._attempts = clock, service, chance, attempts

    def ask(self, done: Callable[[bool], None], attempt: int = 1) -> None:
        def answer(wait: Optional[float]) -> None:
            if wait is None or attempt >= self._attempts:
                done(wait is None)
                return
            pause = min(60.0, 0.8 * 2 ** min(attempt - 1, 20) * self._chance.uniform(0.75, 1.25))
            self._clock.after(pause, lambda: self.ask(done, attempt + 1))

        self._service.send(answer)


class Obeying(BackingOff):
    """Callers that wait as long as they are asked to, and no longer."""

    def ask(self, done: Callable[[bool], None], attempt: int = 1) -> None:
        def answer(wait: Optional[float]) -> None:
            if wait is None:
                done(True)
            else:
                self._clock.after(wait, lambda: self.ask(done, attempt + 1))

        self._service.send(answer)


class Scene(NamedTuple):
    """A load and a service."""

    name: str
    steps: Tuple[Capacity, ...]
    callers: int
    seconds: float
    loops: bool = True
    processes: int = 1
    cost: float = 0.0
    window: float = 0.0
    gap: float = 0.0
    """The seconds between a caller's calls."""
    later: Tuple[float, int] = (0.0, 0)
    """The moment at which so many others call once. The outcome is theirs."""
    counted: Tuple[int, ...] = ()
    """The steps that the goodput counts; all of them if empty."""


class Outcome(NamedTuple):
    """What came of a scene."""

    seconds: float
    goodput: float
    refused: float
    lost: float
    fairness: float
    """Jain's index of the callers, or of the processes if there are several."""
    refusals: float


HUNDRED = (Capacity(0, 100, 100),)
OUTAGE = (Capacity(0, 100, 100), Capacity(30, 0.5, 0.5), Capacity(36, 100, 100))
SCENES = (
    Scene("10,000 callers at once, 1 call each, 100/s, burst 100", HUNDRED, 10_000, 1200, loops=False),
    Scene("the same, refused requests cost half a token", HUNDRED, 10_000, 1200, loops=False, cost=0.5),
    Scene("10,000 callers in a loop, 300 s", HUNDRED, 10_000, 300),
    Scene("8 processes, 800 callers, 300 s", HUNDRED, 800, 300, processes=8),
    Scene("fixed window of 600 a minute", (Capacity(0, 10, 600),), 100, 300, window=60),
    Scene("15 a minute, burst 1, 20 callers, 600 s", (Capacity(0, 0.25, 1),), 20, 600),
    Scene("burst of a tenth of a second", (Capacity(0, 100, 10),), 1000, 300),
    Scene(
        "100/s, then 20/s, then 400/s, a minute each (last two)",
        (Capacity(0, 100, 100), Capacity(60, 20, 20), Capacity(120, 400, 400)),
        2000,
        180,
        counted=(1, 2),
    ),
    Scene("a call a second, 6 s of outage, 24 s later 1,000 callers", OUTAGE, 1, 300, gap=1, later=(60, 1000)),
    Scene("a call a second, 6 s of outage, 5 min later 1,000 callers", OUTAGE, 1, 600, gap=1, later=(336, 1000)),
)

Strategy = Callable[[Clock, Service, random.Random], "Limited | BackingOff"]


def play(scene: Scene, strategy: Strategy, seed: int) -> Outcome:
    """Run a scene once."""
    clock, chance = Clock(), random.Random(seed)
    service = Service(clock, chance, scene.steps, cost=scene.cost, window=scene.window)
    processes = [strategy(clock, service, chance) for _ in range(scene.processes)]
    when, others = scene.later
    done, lost, last = [0] * (scene.callers + others), [0], [0.0]

    def call(caller: int) -> None:
        def end(success: bool) -> None:
            done[caller] += success
            lost[0] += not success
            if caller >= scene.callers or not others:
                last[0] = clock.now - when
            if scene.loops and caller < scene.callers:
                clock.after(scene.gap, lambda: call(caller))

        processes[caller % scene.processes].ask(end)

    for caller in range(scene.callers):
        call(caller)
    clock.after(when, lambda: [call(caller) for caller in range(scene.callers, len(done))] and None)
    clock.run(scene.seconds)
    finite = others or not scene.loops
    ended = last[0] if finite and all(done[-others:] if others else done) else scene.seconds
    counted = scene.counted or range(len(scene.steps))
    accepted = sum(service.accepted[number] for number in counted)
    shares = [sum(done[number :: scene.processes]) for number in range(scene.processes)]
    return Outcome(
        ended,
        accepted / capacity_of(scene, service, ended),
        service.refused / max(1, service.refused + sum(service.accepted)),
        lost[0] / scene.callers,
        jain(shares if scene.processes > 1 else done),
        service.refused,
    )


def capacity_of(scene: Scene, service: Service, ended: float) -> float:
    if not scene.counted:
        return service.capacity(ended)
    ends = [step.since for step in scene.steps[1:]] + [ended]
    return sum(scene.steps[number].per_second * (ends[number] - scene.steps[number].since) for number in scene.counted)


def jain(shares: Sequence[float]) -> float:
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 0.0


def mean(scene: Scene, strategy: Strategy) -> Outcome:
    outcomes = [play(scene, strategy, seed) for seed in SEEDS]
    return Outcome(*(sum(values) / len(values) for values in zip(*outcomes)))


def shown(outcome: Outcome, scene: Scene) -> str:
    refused = f"{outcome.refused:.1%} refused ({outcome.refusals:.0f})"
    if scene.later[1]:
        return f"{outcome.seconds:.0f} s, {refused}"
    goodput = f"goodput {outcome.goodput:.2f}, {refused}"
    if scene.loops:
        return f"{goodput}, fairness {outcome.fairness:.2f}"
    return f"{outcome.seconds:.0f} s, {goodput}" + (f", {outcome.lost:.0%} lost" if outcome.lost else "")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.limiter", description=__doc__)
    parser.add_argument("--only", metavar="TEXT", default="", help="run only scenes whose name contains this")
    only = parser.parse_args().only
    print("| scene | the limiter | exponential backoff, jitter 25%, 60 s cap |\n|---|---|---|")
    for scene in SCENES:
        if only in scene.name:
            cells = [shown(mean(scene, strategy), scene) for strategy in (Limited, BackingOff)]
            if not scene.loops:
                six = mean(scene, lambda *args: BackingOff(*args, attempts=6))
                cells[1] += f"; 6 attempts: {six.lost:.0%} lost"
            print(f"| {scene.name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
