"""Keys, buckets and the budget of the gateway, by their own rules."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_service.config import Config
from gateway_service.keys import parse_keys
from gateway_service.limits import Budget, Rate, RateLimiter, address_key
from servicekit import SettingsError

SUM = hashlib.sha256(b"secret").hexdigest()


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
