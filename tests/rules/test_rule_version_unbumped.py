"""Changes under a version that stays."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]


BUILT = "build: {path: services/id, include: [lib/kit], dockerfile: d/Dockerfile}\nconfig: {a.conf: conf/a.conf}\n"


def test_a_changed_manifest(system: System, said: Said) -> None:
    (found,) = said("version-unbumped", system(id="summary: new\n"), before=(system(id="summary: old\n"), ()))
    assert str(found.location) == "id.yaml:3:1"
    assert found.message == "the manifest changed since main, and the version of id is still 1.0.0"
    assert found.hint == "raise it above 1.0.0"


def test_a_changed_build_context(system: System, places: Places) -> None:
    files = system(id=BUILT)
    for path in ("services/id/app/x.py", "lib/kit/y.py", "d/Dockerfile", "conf/a.conf"):
        (found,) = places("version-unbumped", files, before=(files, (path, "README.md")))
        assert found.endswith("changed since main, and the version of id is still 1.0.0")
    assert places("version-unbumped", files, before=(files, ("services/idx/a.py", "lib/kitx", "README.md"))) == []


def test_a_raised_version_a_new_service_and_a_comment_pass(system: System, places: Places) -> None:
    before = system(id="summary: old\n")
    assert places("version-unbumped", system(id="version: 1.0.1\nsummary: new\n"), before=(before, ())) == []
    assert places("version-unbumped", before | system(new=""), before=(before, ())) == []
    commented = before | {"id.yaml": before["id.yaml"] + "# a word\n"}
    assert places("version-unbumped", commented, before=(before, ("id.yaml",))) == []


def test_a_version_that_went_back(system: System, places: Places) -> None:
    files = system(id="version: 1.0.0\n")
    before = (system(id="version: 1.1.0\n"), ())
    assert places("version-unbumped", files, before=before) == [
        "id.yaml:6:1 the manifest changed since main, and the version of id went back from 1.1.0 to 1.0.0"
    ]


def test_accepting_needs_no_new_version_and_is_judged_only_beside_a_revision(system: System, places: Places) -> None:
    entry = "accept: [{rule: version-unbumped, reason: only words}]\n"
    assert places("version-unbumped", system(id=entry), before=(system(id=""), ())) == []
    assert places("accepted-unused", system(id=entry), before=(system(id=""), ())) != []
    assert places("accepted-unused", system(id=entry)) == []
