"""Schema faults: all of them at once, each at its place, with the nearest known name as a hint."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Said = Callable[..., list[Finding]]
Places = Callable[..., list[str]]


def test_every_fault_of_every_file_at_once(system: System, places: Places) -> None:
    files = system(
        a="calls:\n  - {to: id, timout: 1s}\n  - to: B\n    retries: many\n",
        b="endpoints: [{name: http}]\nowners: x\n",
        platform="chanels: {}\n",
    )
    assert places("manifest-schema", files) == [
        "a.yaml:7:14 unknown field 'timout' in calls.0",
        "a.yaml:8:5 to is 'B', not lower-case letters, digits and hyphens, starting with a letter, at most 50",
        "a.yaml:9:5 retries is 'many', not a whole number of at least 0 and of at most 100",
        "b.yaml:6:13 field 'port' is missing in endpoints.0",
        "b.yaml:7:1 unknown field 'owners'",
        "platform.yaml:5:1 unknown field 'chanels'",
    ]


def test_hints(system: System, said: Said) -> None:
    files = system(
        a="sumary: x\n<<: {}\nscale: {min: '2'}\nslo: {availability: 101}\nenv: {A: NO, B: true, VERSION: 1.10}\n"
        "endpoints: [{name: http, port: 80, public: yes, protocol: htp}]\nidеntity: any\n"
    )
    assert [(int(str(each.location).split(":")[1]), each.hint) for each in said("manifest-schema", files)] == [
        (6, "did you mean 'summary'?"),
        (7, "merge keys are YAML 1.1: write the fields out"),
        (8, "remove the quotes: 2"),
        (9, ""),
        (10, "YAML reads this as true, false or null: write it in quotes"),
        (10, 'YAML reads this as a number: write it in quotes, "1.10"'),
        (11, "YAML 1.2 knows true and false only: write true"),
        (11, "did you mean http?"),
        (12, "did you mean 'identity'? 'е' is CYRILLIC SMALL LETTER IE, not a plain letter"),
    ]


def test_a_number_where_a_version_belongs_is_shown_as_written(system: System, said: Said) -> None:
    (found,) = said("manifest-schema", system(a="version: 1.10\n"))
    assert str(found.location) == "a.yaml:6:1"
    assert found.message == "version is the number 1.10, not a semantic version of three numbers, as in 1.2.0"
    assert found.hint == 'YAML reads this as a number: write it in quotes, "1.10"'


def test_no_and_on_are_words(system: System, said: Said) -> None:
    assert said("manifest-schema", system(a="env: {COUNTRY: NO, SWITCH: on, ANSWER: yes}\n")) == []


def test_look_alikes_in_names(system: System, said: Said) -> None:
    files = system(a="")
    files["a.yaml"] = files["a.yaml"].replace("service: a", "service: а")
    (found,) = said("manifest-schema", files)
    assert str(found.location) == "a.yaml:2:1"
    assert found.hint == "'а' is CYRILLIC SMALL LETTER A, not a plain letter"


def test_overrides_of_every_environment_are_checked(system: System, places: Places) -> None:
    files = system(
        "environments: {prod: {target: local}, local: {target: local}}\n",
        a="environments:\n  prod:\n    replicas: x\n  local: {versio: 2}\n",
    )
    assert places("manifest-schema", files) == [
        "a.yaml:8:5 replicas is 'x', not a whole number of at least 0 and of at most 10,000",
        "a.yaml:9:11 unknown field 'versio'",
    ]


def test_without_and_with_two_platform_files(system: System, places: Places) -> None:
    files = system(a="owner: nobody\n")
    twice = files | {"more/platform.yaml": files["platform.yaml"]}
    assert places("manifest-schema", twice) == ["more/platform.yaml:1:1 a second platform.yaml"]
    del files["platform.yaml"]
    assert places("manifest-schema", files) == [
        "platform.yaml:1:1 there is no platform.yaml: owners, domains and environments are declared nowhere"
    ]
    assert places("unknown-owner", files) == []


def test_numbers_that_are_none(system: System, places: Places) -> None:
    files = system(a="load: {requests_per_second: .nan, per_replica: .inf}\n")
    assert [each.partition(" is ")[0] for each in places("manifest-schema", files)] == [
        "a.yaml:6:8 requests_per_second",
        "a.yaml:6:35 per_replica",
    ]


def test_a_value_under_a_secrets_name_is_not_shown(system: System, said: Said) -> None:
    (found,) = said("manifest-schema", system(a="env: {DB_PASSWORD: 8675309}\n"))
    assert found.message == "DB_PASSWORD has a value that cannot be used"
    assert "8675309" not in str(found)


def test_what_is_declared_twice(system: System, said: Said) -> None:
    text = """\
        endpoints:
          - {name: http, port: 80}
          - {name: http, port: 81}
          - {name: more, port: 80}
          - {name: dns, port: 80, protocol: udp}
        calls: [{to: b}, {to: b, endpoint: http}, {to: b, timeout: 2s}]
        """
    found = said("manifest-schema", system(a=text, b=""))
    assert [f"{each.location} {each.message}" for each in found] == [
        "a.yaml:8:5 endpoint http is declared twice",
        "a.yaml:9:5 port 80/tcp is declared twice",
        "a.yaml:11:43 the call to b is declared twice",
    ]
    assert [str(each.related[0].location) for each in found] == ["a.yaml:7:5", "a.yaml:7:5", "a.yaml:11:9"]


def test_names_that_lead_nowhere_are_said_beside_the_faults(system: System, places: Places) -> None:
    files = system(
        "externals: {maps: {}}\n",
        a="domain: cor\nowner: anne\nreplicas: many\ncalls: [{to: idd}, {to: B}, {to: mapps}, {to: id}, 7]\n",
        id="owner: 7\ndomain: [core]\n",
    )
    assert places("unknown-owner", files) == ["a.yaml:7:1 a is owned by anne, who is not declared"]
    assert places("unknown-domain", files) == ["a.yaml:6:1 a is in domain cor, which is not declared"]
    assert places("unknown-service", files) == ["a.yaml:9:10 a calls idd, which is not declared"]
    assert places("unknown-external", files) == ["a.yaml:9:30 a calls the external mapps, which is not declared"]
    files["a.yaml"] = "a: [\n"
    assert places("unknown-owner", files) == []
