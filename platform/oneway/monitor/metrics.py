"""The board for Prometheus, by its own client library."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .board import Board
from .core.look import Health
from .outbox import Outbox
from .states import State, check_state, service_states


def exposition(board: Board, outbox: Outbox, late: float) -> bytes:
    """Everything in the text format 0.0.4."""
    registry = CollectorRegistry()
    registry.register(_BoardCollector(board, outbox, late))
    return generate_latest(registry)


class _BoardCollector(Collector):
    def __init__(self, board: Board, outbox: Outbox, late: float) -> None:
        self._board, self._outbox, self._late = board, outbox, late

    def collect(self) -> Iterator[Metric]:
        board = self._board
        yield _gauge(
            "oneway_check_good",
            "Whether the check passes (1) or fails (0); absent while that is not known.",
            ("service", "check"),
            [
                (key, float(each.health is Health.GOOD))
                for key, each in board.standings.items()
                if key in board.checks and each.settled and each.health is not Health.UNKNOWN
            ],
        )
        yield _gauge(
            "oneway_check_state",
            "1 for the state that the check is in.",
            ("service", "check", "state"),
            [
                ((*key, state.value), float(check_state(board, key).state is state))
                for key in board.checks
                for state in (State.WORKS, State.SLOW, State.FAILS, State.UNKNOWN)
            ],
        )
        states = {name: each.state for name, each in service_states(board).items()}
        yield _gauge(
            "oneway_service_state",
            "1 for the state that the service is in.",
            ("service", "state"),
            [((name, state.value), float(found is state)) for name, found in states.items() for state in State],
        )
        yield _gauge(
            "oneway_check_seconds",
            "How long the check's last good answer took.",
            ("service", "check"),
            [(key, e.last.seconds) for key, e in board.standings.items() if e.last and e.last.health is Health.GOOD],
        )
        yield _counter("oneway_looks", "Looks by what they saw.", ("service", "check", "health"), board.counts.items())
        yield _counter("oneway_look_seconds", "Seconds that answers took.", ("service", "check"), board.took.items())
        budgets = [((name, kind), each) for name, kinds in board.budgets.items() for kind, each in kinds.items()]
        yield _gauge(
            "oneway_budget_left_ratio",
            "What share of the failures allowed in 30 days is left.",
            ("service", "kind"),
            [(key, each.left) for key, each in budgets if each.left is not None],
        )
        yield _gauge(
            "oneway_burn_rate",
            "How many times as fast as allowed the budget burnt in the last hour.",
            ("service", "kind"),
            [(key, each.rate) for key, each in budgets if each.left is not None],
        )
        yield from self._own()

    def _own(self) -> Iterator[Metric]:
        """The monitor's own well-being."""
        board, outbox = self._board, self._outbox
        late = sorted(board.lateness)
        at = [(("0.5",), 0.5), (("0.99",), 0.99), (("1",), 1.0)]
        spread = [(label, late[min(len(late) - 1, int(share * len(late)))]) for label, share in at] if late else []
        yield _gauge(
            "oneway_monitor_lateness_seconds", "How late looks began, of the last 2000.", ("quantile",), spread
        )
        yield _single("oneway_monitor_late_intervals", "How many intervals the most overdue check is late.", self._late)
        yield _single("oneway_monitor_faults", "What the monitor itself suffers from.", float(len(board.faults)))
        yield _single("oneway_incidents_open", "Open incidents.", float(len(board.incidents)))
        yield _single("oneway_alerts_waiting", "Alerts that no route has taken yet.", float(len(outbox.waiting)))
        yield _counter("oneway_alerts_delivered", "Alerts that a route took.", (), [((), float(outbox.delivered))])


def _single(name: str, words: str, value: float) -> Metric:
    return _gauge(name, words, (), [((), value)])


def _gauge(name: str, words: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family


def _counter(name: str, words: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = CounterMetricFamily(name, words, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family
