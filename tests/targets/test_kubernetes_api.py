"""How the target speaks to an API server: deadlines, retries where they are safe, and refusals in plain words."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cluster_trial import Recipe, system
from stand_in_cluster import Cluster, Fault, Refusal, StandIn
from stand_in_ownership import Object

from oneway.errors import OnewayError, UsageError
from oneway.probe import Answer, NoAnswer, Outgoing
from oneway.targets.base import Holder, Locked, MachineClock, Release, State, TargetError
from oneway.targets.kubernetes.answers import Busy, Clash, FieldConflict, Forbidden, Missing, refusal
from oneway.targets.kubernetes.api import Api, ServerLost
from oneway.targets.kubernetes.cluster_records import KEPT, ClusterRecords
from oneway.targets.kubernetes.connection import connect
from oneway.targets.kubernetes.inventory import owned
from oneway.targets.kubernetes.kinds import CONFIG_MAP, HTTP_ROUTE, LEASE, kind_of
from oneway.targets.kubernetes.lease import Leases
from oneway.targets.kubernetes.permissions import missing
from oneway.targets.kubernetes.proxy import pod_sender


@pytest.fixture
def server() -> Iterator[StandIn]:
    found = StandIn(Cluster())
    yield found
    found.stop()


@pytest.fixture
def config(server: StandIn, tmp_path: Path) -> str:
    path = tmp_path / "config"
    path.write_text(server.kubeconfig())
    return str(path)


@pytest.fixture
def api(config: str) -> Api:
    return Api(connect("test", "prod", config), "test", MachineClock(sleep=lambda _: None))


def config_map(name: str, value: str = "1") -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"key": value}}


def asked(server: StandIn, method: str) -> int:
    return sum(1 for each, path, _ in server.cluster.requests if each == method and path != "/version")


def test_the_current_context_is_never_used_by_accident(config: str) -> None:
    with pytest.raises(UsageError, match="environment prod names no context") as error:
        connect(None, "prod", config)
    assert "`context:` under environments.prod" in error.value.hint


def test_an_unknown_context_lists_those_that_there_are(config: str) -> None:
    with pytest.raises(OnewayError, match="environment prod wants context production, which cannot be used") as error:
        connect("production", "prod", config)
    assert error.value.hint.endswith(": another, test")


def test_a_broken_kubeconfig_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(OnewayError, match="cannot be used"):
        connect("test", "prod", str(tmp_path / "nothing"))


def test_patience_is_asked_for_and_given(server: StandIn, api: Api) -> None:
    server.cluster.faults.append(
        Fault("PATCH", "/configmaps", 3, Refusal(429, "TooManyRequests", "slow down", after=1))
    )
    api.apply(config_map("a"))
    assert asked(server, "PATCH") == 4


def test_a_cut_connection_is_tried_again_where_that_is_safe(server: StandIn, api: Api) -> None:
    server.cluster.faults.append(Fault("PATCH", "/configmaps", 2))
    api.apply(config_map("a"))
    assert asked(server, "PATCH") == 3


def test_what_may_have_arrived_is_not_sent_twice(server: StandIn, api: Api) -> None:
    server.cluster.faults.append(Fault("POST", "/configmaps", 1))
    with pytest.raises(ServerLost, match="create ConfigMap a"):
        api.create(config_map("a"))
    assert asked(server, "POST") == 1


def test_patience_ends(server: StandIn, config: str) -> None:
    now = iter(range(0, 10_000, 10))
    api = Api(
        connect("test", "prod", config),
        "test",
        MachineClock(monotonic=lambda: float(next(now)), sleep=lambda _: None),
        patience=60.0,
    )
    server.cluster.faults.append(Fault("GET", "/configmaps", 1000, Refusal(503, "ServiceUnavailable", "not now")))
    with pytest.raises(Busy, match="read ConfigMap a: not now"):
        api.get(CONFIG_MAP, "a")
    assert 2 < asked(server, "GET") < 10


def test_nobody_at_the_address_is_told_with_the_address(server: StandIn, api: Api) -> None:
    server.stop()
    with pytest.raises(ServerLost, match=rf"{server.url} cannot be reached: connection refused"):
        api.with_timeout(0).get(CONFIG_MAP, "a")


def test_a_server_that_never_answers_runs_into_the_deadline(server: StandIn, config: str) -> None:
    connection = connect("test", "prod", config)
    server.cluster.changed.acquire()
    try:
        started = time.monotonic()
        with pytest.raises(ServerLost):
            Api(connection, "test", patience=0).text("/api/v1/namespaces/test/pods", {}, "list pods", seconds=0.3)
        assert time.monotonic() - started < 5
    finally:
        server.cluster.changed.release()


def test_an_unknown_field_is_no_reason_for_patience(server: StandIn, api: Api) -> None:
    """A real API server answers 500 to a field that is not in its schema."""
    message = "failed to create typed patch object (/x; apps/v1, Kind=Deployment): .bogus: field not declared in schema"
    server.cluster.faults.append(Fault("PATCH", "/configmaps", 9, Refusal(500, "", message)))
    with pytest.raises(OnewayError, match="field not declared in schema"):
        api.apply(config_map("a"))
    assert asked(server, "PATCH") == 1


def test_all_pages_are_read(server: StandIn, api: Api) -> None:
    for number in range(620):
        server.cluster.store("configmaps", config_map(f"c{number:03}"))
    listing = api.list(CONFIG_MAP)
    assert len(listing.items) == 620
    assert asked(server, "GET") == 3


def test_several_conflicts_name_each_manager_and_its_fields(api: Api) -> None:
    body = config_map("a")
    body["data"] = {"one": "1", "two": "2"}
    api.apply({**body, "data": {"one": "x"}}, "argocd")
    api.apply({**body, "data": {"two": "y"}}, "kubectl")
    with pytest.raises(FieldConflict) as error:
        api.apply(body)
    assert error.value.owners == {"argocd": (".data.one",), "kubectl": (".data.two",)}
    assert "argocd owns .data.one; kubectl owns .data.two" in error.value.message
    assert error.value.hint.startswith("nothing was forced")


def test_an_admission_rule_is_not_taken_for_a_missing_verb() -> None:
    said = {"kind": "Status", "reason": "Forbidden", "message": 'pods "x" is forbidden: exceeded quota: small'}
    error = refusal(403, {}, json.dumps(said).encode(), "create Pod x")
    assert isinstance(error, Forbidden)
    assert error.message == 'create Pod x: not admitted: pods "x" is forbidden: exceeded quota: small'


def test_a_missing_verb_says_which_and_where(server: StandIn, api: Api) -> None:
    server.cluster.denied.add(("get", "configmaps"))
    with pytest.raises(Forbidden, match="alice may not get configmaps in namespace test") as error:
        api.get(CONFIG_MAP, "a")
    assert "lacks the verb get on configmaps" in error.value.hint


def test_every_missing_verb_is_found_beforehand(server: StandIn, api: Api) -> None:
    server.cluster.denied |= {("patch", "services"), ("watch", "pods"), ("create", "leases")}
    assert missing(api, system(Recipe())) == (
        "create leases.coordination.k8s.io",
        "watch pods",
        "patch services",
    )


def test_a_kind_that_the_cluster_lacks_is_passed_over(api: Api) -> None:
    with pytest.raises(Missing, match="404 page not found"):
        api.list(HTTP_ROUTE)
    assert owned(api, "echo") == []


def test_a_foreign_kind_is_not_deployed() -> None:
    with pytest.raises(OnewayError, match="apps/v1 DaemonSet is not a kind that Oneway deploys"):
        kind_of({"apiVersion": "apps/v1", "kind": "DaemonSet"})


def test_an_heir_of_the_same_name_is_left_alone(server: StandIn, api: Api) -> None:
    server.cluster.store("configmaps", config_map("a"))
    api.delete(CONFIG_MAP, "a", uid="another")
    assert server.cluster.get("configmaps", "a") is not None


def test_a_lock_names_its_holder_and_is_given_back(api: Api) -> None:
    leases = Leases(api)
    with leases.hold("echo", Holder("ann@here", 1700000000.0)):
        assert leases.holder("echo") == Holder("ann@here", 1700000000.0)
        with pytest.raises(Locked, match="echo is being deployed by ann@here"), leases.hold("echo", Holder("bob", 1.0)):
            pass
    assert leases.holder("echo") is None
    with leases.hold("echo", Holder("bob", 1.0)):
        pass


def test_a_lock_whose_holder_died_is_free_after_its_time(server: StandIn, api: Api) -> None:
    with Leases(api).hold("echo", Holder("ann@here", 1.0)):
        lease = server.cluster.get("leases", "oneway.echo")
    assert lease is not None
    lease["spec"]["renewTime"] = "2020-01-01T00:00:00.000000Z"
    server.cluster.store("leases", lease)
    with Leases(api).hold("echo", Holder("bob@there", 2.0)):
        holder = Leases(api).holder("echo")
    assert holder is not None
    assert holder.who == "bob@there"


def test_who_lost_the_lock_changes_nothing_more(server: StandIn, api: Api) -> None:
    leases = Leases(api, renew_every=0.02)
    with leases.hold("echo", Holder("ann@here", 1.0)):
        lease = server.cluster.get("leases", "oneway.echo")
        assert lease is not None
        lease["metadata"]["annotations"]["oneway/token"] = "another"
        lease["spec"]["holderIdentity"] = "bob@there"
        server.cluster.store("leases", lease)
        with pytest.raises(TargetError, match="bob@there has taken over echo"):
            _until_lost(leases)
    after = api.get(LEASE, "oneway.echo")
    assert after["spec"]["holderIdentity"] == "bob@there"


def _until_lost(leases: Leases) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        leases.require("echo")
        time.sleep(0.01)


def release(number: int = 0, state: State = State.ROLLED_BACK) -> Release:
    spec = system(Recipe()).services["echo"]
    return Release(
        service="echo",
        number=number,
        version="1.0.0",
        content="c",
        digest="d",
        spec=spec,
        environment="prod",
        author="ann",
        started=1.0,
        state=state,
    )


def test_records_come_back_equal_and_newest_first(api: Api) -> None:
    records = ClusterRecords(api, Leases(api))
    first, second = records.create(release()), records.create(release())
    assert records.releases("echo") == (second, first)
    assert (second.number, first.number) == (2, 1)
    assert records.services() == ("echo",)


def test_a_number_that_somebody_took_is_not_given_twice(server: StandIn, api: Api) -> None:
    records = ClusterRecords(api, Leases(api))
    first = records.create(release())
    taken = server.cluster.get("configmaps", "oneway.echo.1")
    assert taken is not None
    taken["metadata"] = {"name": "oneway.echo.2", "labels": {"oneway/record-of": "somebody-elses"}}
    server.cluster.store("configmaps", taken)
    assert (first.number, records.create(release()).number) == (1, 3)


def test_history_is_bounded_and_keeps_what_is_live(api: Api) -> None:
    records = ClusterRecords(api, Leases(api))
    alive = records.create(release(state=State.LIVE))
    for _ in range(KEPT + 5):
        records.create(release())
    numbers = [each.number for each in records.releases("echo")]
    assert numbers == [*range(KEPT + 6, 6, -1), alive.number]


def test_a_record_that_cannot_be_read_is_named(server: StandIn, api: Api) -> None:
    records = ClusterRecords(api, Leases(api))
    records.create(release())
    broken = server.cluster.get("configmaps", "oneway.echo.1")
    assert broken is not None
    broken["binaryData"] = {"release.json.z": "bm90IHpsaWI="}
    server.cluster.store("configmaps", broken)
    with pytest.raises(TargetError, match=r"the release record oneway\.echo\.1 cannot be read"):
        records.releases("echo")


def test_an_answer_lost_on_the_way_is_no_second_record(server: StandIn, api: Api) -> None:
    """The connection is cut after the record was made: it is found, and not made again."""
    records = ClusterRecords(api, Leases(api))
    made = records.create(release())
    server.cluster.faults.append(Fault("POST", "/configmaps", 1))
    with pytest.raises(ServerLost):
        records.create(release())
    assert [each.number for each in records.releases("echo")] == [made.number]


def test_conflicts_are_never_retried(server: StandIn, api: Api) -> None:
    api.create(config_map("a"))
    with pytest.raises(Clash):
        api.create(config_map("a"))
    stale = replace(api, patience=5.0)
    body = {**stale.get(CONFIG_MAP, "a"), "metadata": {"name": "a", "resourceVersion": "1"}}
    with pytest.raises(Clash, match="the object has been modified"):
        stale.replace(body)
    assert asked(server, "PUT") == 1


def ask_pod(server: StandIn, api: Api, headers: dict[str, str] | None = None) -> Answer:
    server.cluster.store("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "status": {}})
    send = pod_sender(api.connection, "test", lambda: ("p", 8080))
    return send(Outgoing("POST", "/v1/things?count=2", headers or {}, b"body", 2.0))


def test_a_pod_is_asked_as_it_is_and_its_own_errors_are_answers(server: StandIn, api: Api) -> None:
    told: list[object] = []

    def serve(
        pod: str, method: str, port: int, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        told.extend((pod, method, port, path, body, headers["x-api-key"]))
        return 503, {"content-type": "application/json"}, b'{"status": "overloaded"}'

    server.cluster.serve = serve
    answer = ask_pod(server, api, {"X-API-Key": "k"})
    assert told == ["p", "POST", 8080, "/v1/things?count=2", b"body", "k"]
    assert (answer.status, answer.body) == (503, b'{"status": "overloaded"}')


def test_the_proxys_own_errors_are_no_answers(server: StandIn, api: Api) -> None:
    server.cluster.serve = lambda *_: (0, {}, b"")
    with pytest.raises(NoAnswer, match=r"p cannot be asked: dial tcp 10\.0\.0\.9:8080: connect: connection refused"):
        ask_pod(server, api)


def test_a_header_that_the_proxy_keeps_to_itself_is_said(server: StandIn, api: Api) -> None:
    with pytest.raises(NoAnswer, match="does not pass on the header Authorization"):
        ask_pod(server, api, {"Authorization": "Bearer x"})
