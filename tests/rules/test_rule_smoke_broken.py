"""Checks that nobody can carry out, each part at its place."""

from collections.abc import Callable

import pytest

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]


def smoke(*checks: str) -> str:
    return "smoke:\n" + "".join(f"  - {check}\n" for check in checks)


def test_each_part_has_its_place(system: System, places: Places) -> None:
    text = """\
        smoke:
          - name: one
            request:
              path: /
              headers: {X-Note: "5 €"}
            expect:
              body:
                a-b[: 1
                name: {matches: "("}
            capture:
              it: "items[0"
        """
    found = places("smoke-broken", system(id=text))
    assert [each.partition(" ")[0] for each in found] == [
        "id.yaml:10:17",
        "id.yaml:13:9",
        "id.yaml:14:16",
        "id.yaml:16:7",
    ]
    assert "check 'one': 'a-b[' is not a JMESPath" in found[1]
    assert all("\n" not in each for each in found)


@pytest.mark.parametrize(
    "path",
    ["", "a b", "a[", "a..b", "foo(bar)", "length(a, b)", "length()", "[?a=b]", "a[::0]", "`", "(" * 900, "é"],
)
def test_expressions_that_cannot_be_asked(system: System, places: Places, path: str) -> None:
    check = f"{{name: n, request: {{path: /}}, expect: {{body: {{'{path}': 1}}}}}}"
    assert len(places("smoke-broken", system(id=smoke(check)))) == 1


@pytest.mark.parametrize(
    "path",
    [
        *("a", "a.b[0].c_d", "captions[0].text", '"a-b".c', "length(items)", "items[?name=='x'] | [0].id"),
        *("keys(@)[-1:]", "merge(a, b, c)", "a[].b[::2]", "{x: a, y: b}", "max_by(a, &b)"),
    ],
)
def test_expressions_that_can(system: System, places: Places, path: str) -> None:
    quoted = path.replace("'", "''")
    check = f"{{name: n, request: {{path: /}}, expect: {{body: {{'{quoted}': 1}}}}, capture: {{it: '{quoted}'}}}}"
    assert places("smoke-broken", system(id=smoke(check))) == []


@pytest.mark.parametrize("pattern", ["(", "[a-", "a{2,1}", "*", "(?=x)", "(?<!x)y", "(a)\\1", "x{2000}", "(?P<n>a"])
@pytest.mark.parametrize("where", ["body: {a: {matches: '%s'}}", "headers: {X-A: {matches: '%s'}}"])
def test_patterns_are_of_an_engine_that_always_ends(system: System, places: Places, pattern: str, where: str) -> None:
    check = f"{{name: n, request: {{path: /}}, expect: {{{where % pattern}}}}}"
    (found,) = places("smoke-broken", system(id=smoke(check)))
    assert "is not a pattern" in found


@pytest.mark.parametrize("pattern", ["^(([0-9]+)*)*X$", "^a .+", r"\d{3}", "(?i)ok", "[^é]*"])
def test_patterns_that_it_reads(system: System, places: Places, pattern: str) -> None:
    check = f"{{name: n, request: {{path: /}}, expect: {{body: {{a: {{matches: '{pattern}'}}}}}}}}"
    assert places("smoke-broken", system(id=smoke(check))) == []


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("X-Note: '5 €'", "holds '€', and HTTP carries no such character"),
        ("X-Who: 'こ'", "holds 'こ'"),
        ("'X Note': a", "'X Note' is no name of a header"),
        ("'': a", "'' is no name of a header"),
        ("'X-Nöte': a", "'X-Nöte' is no name of a header"),
        ("'X:': a", "'X:' is no name of a header"),
        ("X-A: ' a'", "starts or ends with a space"),
    ],
)
def test_headers_that_http_does_not_carry(system: System, places: Places, header: str, words: str) -> None:
    (found,) = places("smoke-broken", system(id=smoke(f"{{name: n, request: {{path: /, headers: {{{header}}}}}}}")))
    assert words in found


def test_headers_that_it_does(system: System, places: Places) -> None:
    request = "{path: /, headers: {X-A: 'a b', Accept: '*/*', X-U: ä}, type: image/jpeg}"
    assert places("smoke-broken", system(id=smoke(f"{{name: n, request: {request}}}"))) == []


@pytest.mark.parametrize(
    "use",
    [
        "request: {path: '/x/${it}'}",
        "request: {path: /, headers: {X-A: '${it}'}}",
        "request: {path: /, json: {a: [1, '${it}']}}",
        "request: {path: /, body: 'a ${it}'}",
        "request: {path: /}, expect: {body: {a: '${it}'}}",
        "request: {path: /}, expect: {headers: {X-A: '${it}'}}",
    ],
)
def test_what_no_earlier_check_captures(system: System, places: Places, use: str) -> None:
    captures, uses = "{name: a, request: {path: /}, capture: {it: id}}", f"{{name: b, {use}}}"
    assert places("smoke-broken", system(id=smoke(captures, uses))) == []
    for checks in ([uses], [uses, captures], [f"{{name: b, {use}, capture: {{it: id}}}}"]):
        (found,) = places("smoke-broken", system(id=smoke(*checks)))
        assert found.endswith("${it} was captured by no check before this one")


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("request: {path: /, json: 1, body: a}", "it sends json and body, and a request has one body"),
        ("request: {path: /, body: a, file: x}", "it sends body and file, and a request has one body"),
        ("request: {path: /}, expect: {status: 101}", "101 is no status that ends an answer"),
        ("request: {path: /}, expect: {head: true, body: {a: 1}}", "the body is not read"),
        ("request: {path: /}, expect: {head: true}, capture: {a: b}", "the body is not read"),
    ],
)
def test_what_contradicts_itself(system: System, places: Places, check: str, words: str) -> None:
    (found,) = places("smoke-broken", system(id=smoke(f"{{name: n, {check}}}")))
    assert words in found


@pytest.mark.parametrize(
    "request_", ["{path: x}", "{path: '/a b'}", "{path: /, method: 'GE T'}", "{path: /, method: get}", "{path: ''}"]
)
def test_paths_and_methods_are_the_schemas(system: System, places: Places, request_: str) -> None:
    assert len(places("manifest-schema", system(id=smoke(f"{{name: n, request: {request_}}}")))) == 1


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("{name: c, request: {tcp: true, dns: a.example.org}}", "asks for tcp and dns"),
        ("{name: c, request: {tcp: true, base: grpc://a:1}}", "tcp is not asked at grpc://"),
        ("{name: c, request: {path: /, base: 'tcp://a:1'}}", "http is not asked at tcp://"),
        ("{name: c, request: {dns: a, base: 'https://a'}}", "dns is not asked at https://"),
        ("{name: c, request: {tcp: true, base: 'tcp://a'}}", "names no port"),
        ("{name: c, request: {grpc: '', base: 'grpcs://[::1]'}}", "names no port"),
        ("{name: c, request: {grpc: ''}, expect: {headers: {a: b}}}", "has neither headers nor a certificate"),
        ("{name: c, request: {base: 'http://a'}, expect: {certificate_days: 7}}", "has no certificate"),
    ],
)
def test_a_request_is_of_one_kind_at_an_address_that_fits(
    system: System, places: Places, check: str, words: str
) -> None:
    (found,) = places("smoke-broken", system(id=smoke(check)))
    assert words in found


@pytest.mark.parametrize(
    "check",
    [
        "{name: c, request: {tcp: true}}",
        "{name: c, request: {tcp: true, base: 'tcp://[::1]:5432'}}",
        "{name: c, request: {grpc: shop.v1.Orders, base: 'grpc://a:1'}}",
        "{name: c, request: {dns: a.example.org}}",
        "{name: c, request: {base: 'https://a', redirects: 3}, expect: {certificate_days: 14}}",
        "{name: c, request: {headers: {Authorization: 'Bearer ${env:SHOP_KEY}'}}}",
    ],
)
def test_every_kind_is_sound(system: System, places: Places, check: str) -> None:
    assert places("smoke-broken", system(id=smoke(check))) == []


def test_checks_from_openapi_need_a_description(system: System, places: Places) -> None:
    (found,) = places("smoke-broken", system(id="smoke: {openapi: true}\n"))
    assert "none of its endpoints names a description" in found
    described = "endpoints: [{name: http, port: 80, openapi: api.json}]\nsmoke: {openapi: true}\n"
    assert places("smoke-broken", system(id=described)) == []


def test_a_written_check_beside_openapi_has_its_place(system: System, places: Places) -> None:
    text = """\
        endpoints: [{name: http, port: 80, openapi: api.json}]
        smoke:
          openapi: true
          checks:
            - {name: one, request: {path: /, endpoint: http}, expect: {body: {"(": 1}}}
        """
    (found,) = places("smoke-broken", system(id=text))
    assert found.startswith("id.yaml:10:")


def test_requests_of_load_are_read_like_checks(system: System, places: Places) -> None:
    text = """\
        smoke:
        - {name: gives, request: {path: /}}
        load:
          requests:
          - {check: gives, weight: 3}
          - {check: takes}
          - {weight: 2}
          - {check: gives, request: {path: /}}
          - {name: own, request: {path: "/x/${id}"}, expect: {body: {"a[": 1}}}
    """
    found = places("smoke-broken", system(id=text))
    assert [each.partition(" ")[2].partition(": ")[2].partition(":")[0] for each in found] == [
        "id has no check 'takes'",
        "it has either `check` or `request`",
        "it has either `check` or `request`",
        "${id} was captured by no check before this one",
        "'a[' is not a JMESPath",
    ]
    assert [each.partition(" ")[0] for each in found] == [
        "id.yaml:11:6",
        "id.yaml:12:5",
        "id.yaml:13:5",
        "id.yaml:14:27",
        "id.yaml:14:62",
    ]


HTTP = "endpoints: [{name: http, port: 80}]\n"
REFUSAL = "{name: refuses, request: {path: /}, expect: {status: 400}}"
NEEDS_OTHERS = "{name: after, request: {path: '/${it}'}}"
FINE = "{name: fine, request: {path: /}}"
NO_REQUEST = "`rollout.load` measures each version, and id has no request to be measured with"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HTTP, NO_REQUEST),
        (HTTP + smoke(REFUSAL), NO_REQUEST),
        (HTTP + smoke("{name: tcp, request: {tcp: true}}"), NO_REQUEST),
        (HTTP + smoke("{name: out, request: {path: /, base: 'https://example.org'}}"), NO_REQUEST),
        (HTTP + smoke(FINE) + "load: {requests: [{check: fine, weight: 0}]}\n", NO_REQUEST),
        (smoke(FINE), "id has no http endpoint"),
        ("endpoints: [{name: rpc, port: 80, protocol: grpc}]\n" + smoke(FINE), "id has no http endpoint"),
    ],
)
def test_a_rollout_that_measures_needs_a_request_that_stands_alone(
    system: System, places: Places, text: str, told: str
) -> None:
    assert places("smoke-broken", system(id=text)) == []
    (found,) = places("smoke-broken", system(id=text + "rollout:\n  load: true\n"))
    line = 5 + text.count("\n") + 2
    assert found.startswith(f"id.yaml:{line}:3 ")
    assert told in found


@pytest.mark.parametrize(
    "text",
    [
        smoke(FINE, REFUSAL),
        smoke(REFUSAL) + "load: {requests: [{check: refuses, weight: 1}]}\n",
        "load: {requests: [{request: {path: /own}}]}\n",
    ],
)
def test_one_request_is_enough_for_it(system: System, places: Places, text: str) -> None:
    assert places("smoke-broken", system(id=f"{HTTP}rollout: {{load: true}}\n{text}")) == []
