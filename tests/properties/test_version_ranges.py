"""Version ranges mean one thing, to `check` and to a deploy, and that is what semver says."""

from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from oneway.deploy.refusals import missing_callees, unwanted_by_callers
from oneway.manifest import load
from oneway.manifest.decode import decode
from oneway.model import Service
from oneway.model.versions import accepts, version_key
from oneway.rules import audit
from oneway.targets.base import Release, State

PLATFORM = b"apiVersion: oneway/v1\nplatform: p\nowners: {ann: {}}\ndomains: {core: {}}\n"

numbers = st.integers(0, 3).map(str)
identifiers = st.sampled_from(["0", "1", "10", "2", "alpha", "beta", "rc", "x-y"])
pre_releases = st.just("") | st.lists(identifiers, min_size=1, max_size=3).map(lambda parts: "-" + ".".join(parts))
releases = st.lists(numbers, min_size=3, max_size=3).map(".".join)
versions = st.tuples(releases, pre_releases).map("".join)
signs = st.sampled_from(["", "==", "!=", ">=", "<=", ">", "<", "~="])
bounds = st.lists(numbers, min_size=1, max_size=3).map(".".join) | versions
comparisons = st.tuples(signs, bounds).map("".join) | st.sampled_from(["==1.*", "!=1.2.*", "1.2.*"])
ranges = st.tuples(comparisons, st.lists(comparisons.filter(lambda each: each[0] in "=!<>~"), max_size=2)).map(
    lambda parts: ",".join((parts[0], *parts[1]))
)


def manifest(service: str, version: str, calls: str = "[]") -> bytes:
    text = f"apiVersion: oneway/v1\nservice: {service}\nversion: {version}\nowner: ann\ndomain: core\ncalls: {calls}\n"
    return text.encode()


def refused_by_check(wanted: str, version: str) -> bool:
    files = {
        "platform.yaml": PLATFORM,
        "caller.yaml": manifest("caller", "1.0.0", f'[{{to: callee, version: "{wanted}"}}]'),
        "callee.yaml": manifest("callee", version),
    }
    found = audit(load(files.items()), date(2026, 6, 1))
    assert not [each for each in found if each.rule in ("manifest-schema", "manifest-syntax")]
    return any(each.rule == "version-range" for each in found)


def service(name: str, version: str, **fields: object) -> Service:
    body = {"apiVersion": "oneway/v1", "service": name, "version": version, "owner": "ann", "domain": "core"}
    return decode(body | fields, Service)


def refused_by_deploy(wanted: str, version: str) -> tuple[bool, bool]:
    """Whether the caller is refused beside this callee, and this callee beside the caller."""
    caller = service("caller", "1.0.0", calls=[{"to": "callee", "version": wanted}])
    runs = Release(
        service="caller",
        number=1,
        version="1.0.0",
        content="c",
        digest="d",
        spec=caller,
        environment="local",
        author="ann",
        started=1.0,
        state=State.LIVE,
    )
    refusals, _ = missing_callees(caller, {"callee": version}, {}, ())
    return bool(refusals), bool(unwanted_by_callers(service("callee", version), [runs], {}))


@given(ranges, versions)
@example("1.2", "1.2.0")
@example("==1.2", "1.2.5")
@example(">=1.0", "1.1.0-alpha.beta")
@example("!=1.2", "1.2.3")
@example(">=1.4-rc.1", "1.4.0")
def test_check_and_deploy_agree(wanted: str, version: str) -> None:
    outside = not accepts(wanted, version)
    assert refused_by_check(wanted, version) is outside
    assert refused_by_deploy(wanted, version) == (outside, outside)


@given(st.sampled_from([">=", "<=", ">", "<", "~=", "==", "!="]), releases, releases)
def test_released_versions_are_compared_as_packaging_compares_them(sign: str, bound: str, version: str) -> None:
    assert accepts(sign + bound, version) is SpecifierSet(sign + bound).contains(version)


@given(st.lists(numbers, min_size=1, max_size=2).map(".".join), versions)
def test_numbers_left_out_stand_for_any_where_equality_is_asked(bound: str, version: str) -> None:
    inside = f"{version.partition('-')[0]}.".startswith(f"{bound}.")
    assert accepts(bound, version) is accepts(f"=={bound}", version) is accepts(f"=={bound}.*", version) is inside
    assert accepts(f"!={bound}", version) is not inside


@given(versions, versions)
def test_two_versions_are_ordered_by_their_comparisons(one: str, other: str) -> None:
    assert accepts(f">={other}", one) is (version_key(one) >= version_key(other))
    assert accepts(f">{other}", one) is (version_key(one) > version_key(other))
    assert accepts(f"<={other}", one) is not accepts(f">{other}", one)
    assert not (accepts(f"<{other}", one) and accepts(f">={other}", one))


def test_pre_releases_come_in_the_order_that_semver_gives() -> None:
    ordered = ["alpha", "alpha.1", "alpha.beta", "beta", "beta.2", "beta.11", "rc.1"]
    before = [f"1.0.0-{pre}" for pre in ordered]
    assert sorted(["1.0.0", *before], key=version_key) == [*before, "1.0.0"]
