"""What nobody uses."""

from collections.abc import Callable

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]


def test_a_service_a_channel_and_an_external(system: System, places: Places) -> None:
    files = system("channels: {a.b: {}, c.d: {}}\nexternals: {maps: {}}\n", id="publishes: [c.d]\n", lost="")
    assert places("orphan", files) == [
        "lost.yaml:2:1 nobody uses lost",
        "platform.yaml:5:12 nobody publishes to or subscribes to channel a.b",
        "platform.yaml:5:21 nobody subscribes to channel c.d",
        "platform.yaml:6:13 nobody calls the external maps",
    ]


def test_every_way_of_being_used(system: System, places: Places) -> None:
    files = system(
        "channels: {a.b: {}}\nexternals: {maps: {}}\n",
        called="calls: [{to: maps}]\n",
        public="endpoints: [{name: http, port: 80, public: true}]\ncalls: [{to: called}]\n",
        loaded="load: {requests_per_second: 1}\n",
        speaks="publishes: [a.b]\n",
        hears="subscribes: [a.b]\n",
    )
    assert places("orphan", files) == []


def test_waits_until_every_manifest_can_be_read(system: System, places: Places) -> None:
    files = system(lost="") | {"broken.yaml": "service: ["}
    assert places("orphan", files) == []


def test_may_be_off_with_a_reason(system: System, places: Places) -> None:
    off = 'rules: {orphan: {severity: off, reason: "batch services are started by hand"}}\n'
    assert places("orphan", system(off, lost="")) == []


def test_an_override_for_an_environment_that_is_none(system: System, places: Places) -> None:
    text = "load: {requests_per_second: 1}\nenvironments:\n  prdo: {replicas: 2}\n  local: {replicas: 1}\n"
    files = system("environments: {prod: {target: local}, local: {target: local}}\n", id=text)
    assert places("orphan", files) == ["id.yaml:8:3 id overrides something for prdo, which is no environment"]
