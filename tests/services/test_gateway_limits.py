"""Keys, buckets and the budget of the gateway, by their own rules."""

import asyncio
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_service.config import Config
from gateway_service.door import rate_limit_headers
from gateway_service.key_ring import LOOK, KeyRing
from gateway_service.keys import parse_keys
from gateway_service.limits import DAY, PER_DAY, Budget, Limiter, Rate, RateLimiter, Standing, Terms, address_key
from servicekit import SettingsError

SUM = hashlib.sha256(b"secret").hexdigest()
NEW = hashlib.sha256(b"new").hexdigest()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_let_through_and_then_the_rate_holds() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    rate = Rate(per_second=2, burst=3)
    assert [limiter.wait("a", rate) for _ in range(4)] == [0, 0, 0, 0.5]
    clock.now += 0.5
    assert limiter.wait("a", rate) == 0
    assert limiter.wait("a", rate) == 0.5
    assert limiter.wait("b", rate) == 0
    clock.now += 3600
    assert [limiter.wait("a", rate) for _ in range(4)] == [0, 0, 0, 0.5]


@given(
    gaps=st.lists(st.floats(0, 2), min_size=1, max_size=200),
    per_second=st.floats(0.1, 50),
    burst=st.integers(1, 50),
)
def test_never_more_than_the_burst_and_the_rate_allow(gaps: list[float], per_second: float, burst: int) -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    let_in = 0
    for gap in gaps:
        clock.now += gap
        let_in += limiter.wait("a", Rate(per_second, burst)) == 0
    assert let_in <= burst + sum(gaps[1:]) * per_second + 1e-6


@given(waited=st.floats(0.01, 10), per_second=st.floats(0.1, 50))
def test_whoever_waits_as_long_as_told_is_let_in(waited: float, per_second: float) -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    rate = Rate(per_second, 1)
    limiter.wait("a", rate)
    seconds = limiter.wait("a", rate)
    clock.now += seconds + waited
    assert limiter.wait("a", rate) == 0


def test_a_flood_of_addresses_takes_bounded_memory_and_forgets_the_longest_silent() -> None:
    limiter = RateLimiter(Clock(), most_clients=100)
    rate = Rate(1, 1)
    assert limiter.wait("first", rate) == 0
    for number in range(99):
        assert limiter.wait(f"client {number}", rate) == 0
    assert limiter.wait("first", rate) > 0
    for number in range(100, 10_000):
        limiter.wait(f"client {number}", rate)
    assert len(limiter) == 100
    assert limiter.wait("first", rate) == 0


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("testclient", "unknown"),
        (None, "unknown"),
    ],
)
def test_one_client_for_each_address_or_household(host: str | None, client: str) -> None:
    assert address_key(host) == client


def test_the_budget_gives_out_no_more_than_it_has() -> None:
    budget = Budget(10)
    assert [budget.take(6), budget.take(6), budget.take(4), budget.take(1)] == [True, False, True, False]
    budget.give_back(6)
    assert (budget.used, budget.take(6)) == (4, True)


def test_keys_are_read_from_commas_lines_and_comments() -> None:
    keys = parse_keys(f"# staff\nalice:{SUM},bob:{'A' * 64}\n\n  carol.x-1:{'0' * 64},\n")
    assert (len(keys), keys.holder("secret"), keys.holder("Secret"), keys.holder("")) == (3, "alice", None, None)
    assert keys.holder("\udcff") is None
    assert not parse_keys("")


@pytest.mark.parametrize(
    "text", ["alice", "alice:secret", f"{SUM}", f"a b:{SUM}", f"alice:{SUM}:x", f"alice:{SUM[:-1]}"]
)
def test_a_bad_key_is_refused_by_position_and_never_shown(text: str) -> None:
    with pytest.raises(SettingsError, match="API key 2 is not name:sha256hex") as refused:
        parse_keys(f"ok:{SUM},{text}")
    assert "secret" not in str(refused.value)
    assert SUM[:20] not in str(refused.value)


def test_a_name_that_is_given_twice_is_refused() -> None:
    with pytest.raises(SettingsError, match="API key 2 has the same name as an earlier one: alice"):
        parse_keys(f"alice:{SUM},alice:{SUM}")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"alice:{SUM},bob:{SUM}", "API key 2 is an earlier one's too"),
        (f"alice:{SUM},alice:{'0' * 64} rate=3", "same name as an earlier one: alice; two keys of one holder"),
        *((f"x:{'1' * 64},alice:{SUM} {terms}", "API key 2") for terms in ("rate=0", "burst=1.5", "per_day=0", "a=1")),
        *((f"x:{'1' * 64},alice:{SUM} {terms}", "API key 2") for terms in ("rate=", "rate=1 rate=2", "rate=1.2.3")),
    ],
)
def test_keys_that_contradict_each_other_or_make_no_sense_are_refused(text: str, fault: str) -> None:
    with pytest.raises(SettingsError, match=fault) as refused:
        parse_keys(text)
    assert SUM[:20] not in str(refused.value)


def test_a_key_may_be_exchanged_and_has_its_own_limits() -> None:
    keys = parse_keys(f"alice:{SUM} rate=0.5 per_day=10\nalice:{NEW} rate=0.5 per_day=10,bob:{'0' * 64}")
    assert (keys.holder("secret"), keys.holder("new")) == ("alice", "alice")
    assert keys.agreed("alice").terms(Rate(20, 100)) == Terms(Rate(0.5, 100), 10)
    assert keys.agreed("bob").terms(Rate(20, 100)) == Terms(Rate(20, 100))


def test_a_file_of_keys_is_watched_and_a_bad_one_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, file = Clock(), tmp_path / "keys"
    file.write_text(f"alice:{SUM}")
    ring = KeyRing(file=file, clock=clock)
    for text, holders in (
        (f"alice:{SUM}\nalice:{NEW}", ["alice", "alice"]),
        (f"alice:{NEW}", [None, "alice"]),
        (f"alice:{NEW}\nwhat is this", [None, "alice"]),
        ("\xff", [None, "alice"]),
        ("", [None, None]),
        (f"bob:{SUM}", ["bob", None]),
    ):
        (tmp_path / "next").write_text(text, encoding="latin-1")
        (tmp_path / "next").replace(file)
        clock.now += LOOK
        assert [ring.keys.holder("secret"), ring.keys.holder("new")] == holders, text
        assert ring.keys, "a file without keys lets nobody in, rather than everybody"
    file.unlink()
    clock.now += LOOK
    assert ring.keys.holder("secret") == "bob"
    assert "the keys of before go on to hold" in caplog.text
    assert SUM not in caplog.text
    assert "what is this" not in caplog.text


def test_a_secret_that_is_exchanged_by_a_link_is_followed(tmp_path: Path) -> None:
    """As Kubernetes mounts them."""
    clock = Clock()
    for name, content in (("one", SUM), ("two", NEW)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "keys").write_text(f"alice:{content}")
    (tmp_path / "data").symlink_to("one")
    (tmp_path / "keys").symlink_to("data/keys")
    ring = KeyRing(file=tmp_path / "keys", clock=clock)
    assert ring.keys.holder("secret") == "alice"
    (tmp_path / "next").symlink_to("two")
    (tmp_path / "next").replace(tmp_path / "data")
    clock.now += LOOK
    assert (ring.keys.holder("secret"), ring.keys.holder("new")) == (None, "alice")


def test_a_number_of_requests_a_day_is_kept_beside_the_rate() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    terms = Terms(Rate(10, 5), per_day=7)
    let_in = [taken(limiter, terms).wait == 0 for _ in range(6)]
    assert let_in == [True] * 5 + [False]
    clock.now += 10
    assert [taken(limiter, terms).refused_by for _ in range(3)] == ["", "", PER_DAY]
    told = taken(limiter, terms)
    assert (told.wait, told.policies[1].remaining, told.policies[1].reset) == (DAY - 10, 0, DAY - 10)
    clock.now += told.wait
    assert taken(limiter, terms).wait == 0


def test_headers_say_how_the_limits_stand() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    terms = Terms(Rate(2, 5), per_day=100)
    for _ in range(3):
        told = rate_limit_headers(taken(limiter, terms).policies)
    assert told == {
        "RateLimit-Policy": '"rate";q=5;w=3, "day";q=100;w=86400',
        "RateLimit": '"rate";r=2;t=2, "day";r=97;t=86400',
    }


def taken(limiter: Limiter, terms: Terms, client: str = "a") -> Standing:
    return asyncio.run(limiter.take(client, terms))


def test_the_configuration_comes_from_the_environment() -> None:
    config = Config.from_environment(
        {
            "API_KEYS": f"alice:{SUM}",
            "MAX_PICTURE_BYTES": "100000000",
            "KEY_BURST": "7",
            "PUBLIC_REQUESTS_PER_SECOND": "0.5",
        }
    )
    assert (config.largest_picture, config.pictures_in_memory) == (100_000_000, 100_000_000)
    assert (config.rate, config.public_rate) == (Rate(20, 7), Rate(0.5, 20))
    assert Config.from_environment({}).rate == Rate(2, 20)


@pytest.mark.parametrize("name", ["MAX_PICTURE_BYTES", "KEY_REQUESTS_PER_SECOND"])
@pytest.mark.parametrize("text", ["0", "-1", "many", "1e99", "nan", "inf"])
def test_a_limit_that_makes_no_sense_is_refused(text: str, name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is '{text}', but must be a number above 0"):
        Config.from_environment({name: text})


def test_memory_that_holds_no_picture_is_refused() -> None:
    with pytest.raises(SettingsError, match="MAX_MEMORY_BYTES is 10, but must hold one picture"):
        Config.from_environment({"MAX_MEMORY_BYTES": "10"})


def test_a_key_file_that_cannot_be_read_is_said() -> None:
    with pytest.raises(SettingsError, match=r"API_KEYS_FILE /nowhere/keys cannot be read"):
        Config.from_environment({"API_KEYS_FILE": "/nowhere/keys"})
    with pytest.raises(SettingsError, match="both set"):
        Config.from_environment({"API_KEYS_FILE": "/nowhere/keys", "API_KEYS": f"a:{SUM}"})
