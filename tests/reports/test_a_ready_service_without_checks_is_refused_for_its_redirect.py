"""A user sees: a service that is ready by the rule (204, or a redirect) is refused by the gate, which wanted a 200."""

from typing import Any

import pytest
from fake_target import FakeTarget, spec_of
from fake_world import Behaviour, World
from local_checkout import Checkout
from rollouts import deploy
from small_server import SERVER

from oneway.deploy import Done
from oneway.probe import Answer, NoAnswer, Outgoing, as_readiness

pytest_plugins = ("given_checkout",)
ORIGIN = "http://127.0.0.1:8080"


def asked(answers: dict[str, tuple[int, str]], origin: str = ORIGIN) -> str:
    """The status by the rule, or why there is none."""

    def send(outgoing: Outgoing) -> Answer:
        status, location = answers.get(outgoing.path, (404, ""))
        return Answer(status, {"location": (location,)} if location else {}, b"", 0.1, origin)

    try:
        return str(as_readiness(send)(Outgoing("GET", "/readyz", {}, None, 5.0)).status)
    except NoAnswer as error:
        return str(error)


@pytest.mark.parametrize("status", [200, 204, 299, 300, 304, 399])
def test_from_200_to_399_is_good(status: int) -> None:
    assert asked({"/readyz": (status, "")}) == "200"


@pytest.mark.parametrize("status", [199, 400, 401, 404, 429, 500, 503])
def test_anything_else_stays_what_it_is(status: int) -> None:
    assert asked({"/readyz": (status, "")}) == str(status)


@pytest.mark.parametrize("location", ["/up?deep=1", "up?deep=1", f"{ORIGIN}/up?deep=1"])
def test_a_redirect_to_itself_is_followed_to_a_bad_end_and_to_a_good_one(location: str) -> None:
    assert asked({"/readyz": (302, location), "/up?deep=1": (503, "")}) == "503"
    assert asked({"/readyz": (307, location), "/up?deep=1": (200, "")}) == "200"


@pytest.mark.parametrize(
    "location",
    [
        "http://login.example.com/",
        "https://127.0.0.1:8080/up",
        "http://127.0.0.1:80801/up",
        "//elsewhere/up",
        "http://[",
    ],
)
def test_a_redirect_elsewhere_is_an_answer(location: str) -> None:
    assert asked({"/readyz": (302, location)}) == "200"


def test_redirects_in_a_circle_end() -> None:
    assert asked({"/readyz": (302, "/readyz")}) == "/readyz redirects more than 10 times"


def test_they_share_one_deadline() -> None:
    def send(outgoing: Outgoing) -> Answer:
        return Answer(302, {"location": ("/readyz",)}, b"", 2.0, ORIGIN)

    with pytest.raises(NoAnswer, match="within 5 s"):
        as_readiness(send)(Outgoing("GET", "/readyz", {}, None, 5.0))


def test_a_rollout_gets_through() -> None:
    world = World(behaviours={"content-1.0.0": Behaviour(ready_at="/livez")})
    assert deploy(FakeTarget(world), spec_of("id", "1.0.0", smoke=[])).done is Done.LIVE


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "answers",
    [
        "return (204, '') if path == '/readyz' else (200, 'x')",
        "HEADERS['/readyz'] = {'Location': '/up'}; return (302 if path == '/readyz' else 200), ''",
        "HEADERS['/readyz'] = {'Location': 'https://login.example.com/'}; return 302, ''",
    ],
    ids=["no content", "itself", "elsewhere"],
)
def test_on_this_machine(checkout: Checkout, answers: str) -> None:
    fields: dict[str, Any] = {"smoke": []}
    checkout.write_program("id", "1.0.0", f"{SERVER}\ndef answer(path):\n    {answers}\n\nserve()\n", **fields)
    done = checkout.run("deploy", "id")
    assert done.returncode == 0, done.stdout
