"""Channels that nobody declared."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Said = Callable[..., list[Finding]]


def test_published_and_subscribed(system: System, said: Said) -> None:
    files = system("channels: {captions.made: {}}\n", a="publishes: [caption.made]\nsubscribes: [captions.made, x]\n")
    found = said("unknown-channel", files)
    assert [f"{each.location} {each.message}" for each in found] == [
        "a.yaml:6:13 a publishes caption.made, which is not declared",
        "a.yaml:7:29 a subscribes x, which is not declared",
    ]
    assert found[0].hint == "did you mean captions.made?"
