"""The engine on a real cluster: good and broken versions, a kill, a conflict, a missing verb, no request lost.

Users are played through the API server, request by request, to pods that the Service names at that moment.
"""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from cluster_trial import Client, Recipe, Trial

from oneway.deploy import Done, Event, EventKind, live, stop
from oneway.probe import NoAnswer, Outgoing
from oneway.targets.base import State
from oneway.targets.kubernetes.answers import FieldConflict, Forbidden, refusal
from oneway.targets.kubernetes.api import Api
from oneway.targets.kubernetes.kinds import DEPLOYMENT, POD
from oneway.targets.kubernetes.permissions import missing
from oneway.targets.kubernetes.proxy import pod_sender
from oneway.targets.kubernetes.traffic import endpoints

pytestmark = pytest.mark.timeout(900)


def users(api: Api) -> Client:
    turn = iter(range(10**9))

    def ask() -> dict[str, str]:
        behind = endpoints(api, "echo")
        if not behind:
            raise OSError("the Service has no endpoint")
        pod, ports = behind[next(turn) % len(behind)]
        try:
            answer = pod_sender(api.connection, api.namespace, lambda: (pod, ports["http"]))(
                Outgoing("GET", "/v", {}, None, 5.0)
            )
        except NoAnswer as error:
            raise OSError(str(error)) from None
        found: dict[str, str] = json.loads(answer.body)
        return found

    return Client(ask, pause=0.1)


def current(ann: Trial, recipe: Recipe) -> str:
    release = live(ann.site(recipe).records.releases("echo"))
    assert release is not None
    return release.version


@pytest.mark.parametrize(
    ("version", "mode", "reason"),
    [
        ("1.1.0", "crash", "exited with status 7"),
        ("1.2.0", "unready", "is not ready within"),
        ("1.3.0", "wrong", "answers: answer: expected 42, got 41"),
        ("1.4.0", "breaking", "front's check failed: knows the format: echo.format: expected 1, got 2"),
        ("1.5.0", "flap", "exited with status 9"),
        ("1.6.0", "noimage", "its image cannot be pulled (ImagePullBackOff)"),
    ],
)
def test_a_bad_version_is_taken_back(version: str, mode: str, reason: str, ann: Trial, recipe: Recipe) -> None:
    bad = replace(recipe, version=version, mode=mode, startup="20s")
    if mode == "noimage":
        bad = replace(bad, mode="good", image=f"{recipe.image.rpartition(':')[0]}:no-such-tag", startup="120s")
    before = current(ann, recipe)
    with users(ann.api) as client:
        result = ann.deploy(bad)["echo"]
    assert result.done is Done.FAILED
    assert reason in result.reason
    assert "\n" not in result.reason
    assert client.wrong == []
    assert client.versions == {before}
    assert ann.site(bad).records.releases("echo")[0].state is State.ROLLED_BACK


def test_a_good_version_takes_over(ann: Trial, recipe: Recipe) -> None:
    good = replace(recipe, version="2.0.0")
    with users(ann.api) as client:
        ann.must(good)
    assert client.wrong == []
    assert "2.0.0" in client.versions
    assert current(ann, good) == "2.0.0"


def test_another_machine_carries_on_after_a_kill(ann: Trial, machine: Callable[[str], Trial], recipe: Recipe) -> None:
    class Dead(BaseException):
        pass

    def die(event: Event) -> None:
        if event.kind is EventKind.BEGIN and event.step == "shift 100%":
            raise Dead

    cut, bob, good = machine("cut@off"), machine("bob@there"), replace(recipe, version="2.1.0")
    cut.hear = die
    with users(ann.api) as client:
        with pytest.raises(Dead):
            cut.deploy(good)
        bob.must(good)
    assert client.wrong == []
    assert current(bob, good) == "2.1.0"


def test_a_foreign_field_manager_is_named_and_nothing_is_forced(ann: Trial, recipe: Recipe) -> None:
    template = {"spec": {"containers": [{"name": "echo", "image": "registry.example.com/theirs:1"}]}}
    foreign = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "echo"},
        "spec": {"template": template},
    }
    with pytest.raises(FieldConflict) as error:
        ann.api.apply(foreign, "argocd")
    assert set(error.value.owners) == {"platform"}
    container = ann.api.get(DEPLOYMENT, "echo")["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == recipe.image


def test_the_generated_role_is_enough_and_no_more_is_claimed(ann: Trial, recipe: Recipe) -> None:
    assert missing(ann.api, ann.site(recipe)._sources.system) == ()


def test_a_missing_verb_is_worded_as_this_cluster_says_it(ann: Trial) -> None:
    """The account that runs the pods may do nothing: its refusal is asked for by impersonation."""
    who = f"system:serviceaccount:{ann.api.namespace}:echo"
    reply = ann.api.connection.open("GET", POD.path(ann.api.namespace), headers={"Impersonate-User": who})
    error = refusal(reply.status, reply.headers, reply.read(), "list pods")
    assert isinstance(error, Forbidden)
    assert error.message == f"list pods: {who} may not list pods in namespace {ann.api.namespace}"


def test_stopping_leaves_only_records(ann: Trial, recipe: Recipe) -> None:
    for service in ("front", "echo"):
        stop(ann.context(recipe), service)
    assert ann.api.list(POD).items == ()
    assert ann.api.list(DEPLOYMENT).items == ()
    assert ann.site(recipe).records.services() == ("echo", "front")
