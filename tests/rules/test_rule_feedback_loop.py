"""Rings that close through channels."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]


CHANNELS = "channels: {orders.made: {}, stock.low: {}}\n"


def test_a_ring_of_a_call_and_a_channel(system: System, said: Said) -> None:
    files = system(
        CHANNELS,
        order="publishes: [stock.low, orders.made]\n",
        stock="subscribes:\n  - orders.made\ncalls: [{to: order}]\n",
    )
    (found,) = said("feedback-loop", files)
    assert (str(found.location), found.severity) == ("order.yaml:6:24", "warning")
    assert found.message == "order hears what it caused itself: order -> orders.made -> stock -> order"
    assert [f"{each.location} {each.message}" for each in found.related] == [
        "stock.yaml:7:5 stock subscribes to orders.made",
        "stock.yaml:8:9 stock calls order",
        "order.yaml:6:24 order publishes orders.made",
    ]


def test_a_service_that_hears_itself(system: System, places: Places) -> None:
    files = system(CHANNELS, order="publishes: [orders.made]\nsubscribes: [orders.made]\n")
    assert places("feedback-loop", files) == [
        "order.yaml:6:13 order hears what it caused itself: order -> orders.made -> order"
    ]


def test_rings_of_calls_and_channels_that_end_are_none(system: System, places: Places) -> None:
    files = system(
        CHANNELS, order="publishes: [orders.made]\ncalls: [{to: stock}]\n", stock="subscribes: [orders.made]\n"
    )
    assert places("feedback-loop", files) == []
    files = system(
        CHANNELS,
        a="calls: [{to: b}]\npublishes: [orders.made]\n",
        b="calls: [{to: a}]\n",
        c="subscribes: [orders.made]\n",
    )
    assert places("feedback-loop", files) == []


def test_one_ring_through_two_channels_is_named_once(system: System, places: Places) -> None:
    files = system(
        CHANNELS,
        a="publishes: [orders.made]\nsubscribes: [stock.low]\n",
        b="publishes: [stock.low]\nsubscribes: [orders.made]\n",
    )
    assert len(places("feedback-loop", files)) == 1
