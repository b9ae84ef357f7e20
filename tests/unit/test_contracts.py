"""What changes of a description break for callers: each rule in a case of its own, both ways, and nothing else."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oneway.contracts import breaks_between, kept, read_description, recalled

Json = dict[str, Any]


def answering(schema: Any, **components: Any) -> Json:
    """A description whose one operation answers with the schema."""
    return described({"responses": {"200": content(schema)}}, **components)


def asking(schema: Any, required: bool = True, **components: Any) -> Json:
    """A description whose one operation takes a body of the schema."""
    return described({"requestBody": content(schema) | {"required": required}, "responses": {"200": {}}}, **components)


def taking(**parameter: Any) -> Json:
    """A description whose one operation takes a query parameter."""
    given = {"in": "query", "name": "q", "schema": {"type": "string"}} | parameter
    return described({"parameters": [given], "responses": {"200": {}}})


def described(operation: Json, path: str = "/x", method: str = "post", **components: Any) -> Json:
    return {"openapi": "3.1.0", "paths": {path: {method: operation}}, "components": {"schemas": components}}


def content(schema: Any, kind: str = "application/json") -> Json:
    return {"content": {kind: {"schema": schema}}}


def members(**properties: Any) -> Json:
    return {"type": "object", "properties": properties}


TEXT: Json = {"type": "string"}
WHOLE: Json = {"type": "integer"}
NUMBER: Json = {"type": "number"}
NULLABLE: Json = {"type": "string", "nullable": True}
BOTH: Json = {"type": ["string", "null"]}
OPTIONAL: Json = {"anyOf": [TEXT, {"type": "null"}]}
OPEN: Json = described({"responses": {"200": {}}})
A_REF: Json = {"$ref": "#/components/schemas/A"}


def limited(**words: Any) -> Json:
    return {"type": "string"} | words


def counted(**words: Any) -> Json:
    return {"type": "integer"} | words


# What is narrower and what wider, and what is told of a request that narrows, and of an answer that widens.
PAIRS: list[tuple[str, Any, Any, str, str]] = [
    ("type", WHOLE, NUMBER, "is integer now, was number", "is number now, was integer"),
    ("type to any", TEXT, {}, "is string now, was anything", "is anything now, was string"),
    ("null of 3.0", TEXT, NULLABLE, "may no longer be null", "may now be null"),
    ("null of 3.1", TEXT, BOTH, "may no longer be null", "may now be null"),
    ("null as an alternative", TEXT, OPTIONAL, "may no longer be null", "may now be null"),
    ("one more type", TEXT, {"type": ["string", "integer"]}, "may no longer be integer", "may now be integer"),
    ("enum", limited(enum=["a"]), limited(enum=["a", "b"]), "may no longer be 'b'", "may now be 'b'"),
    ("const", limited(const="a"), limited(enum=["a", "b"]), "may no longer be 'b'", "may now be 'b'"),
    ("became enum", limited(enum=["a"]), TEXT, "may only be 'a' now", "is no longer one of 'a'"),
    ("minimum", counted(minimum=5), counted(minimum=1), "has minimum 5 now, was 1", "has minimum 1 now, was 5"),
    ("maximum", counted(maximum=5), counted(maximum=9), "has maximum 5 now, was 9", "has maximum 9 now, was 5"),
    (
        "minLength",
        limited(minLength=2),
        limited(minLength=1),
        "has minLength 2 now, was 1",
        "has minLength 1 now, was 2",
    ),
    (
        "maxLength",
        limited(maxLength=2),
        limited(maxLength=9),
        "has maxLength 2 now, was 9",
        "has maxLength 9 now, was 2",
    ),
    (
        "exclusive of 3.0",
        counted(minimum=1, exclusiveMinimum=True),
        counted(minimum=1),
        "has minimum 1 exclusive now, was 1",
        "has minimum 1 now, was 1 exclusive",
    ),
    (
        "exclusive of 3.1",
        counted(exclusiveMaximum=9),
        counted(maximum=9),
        "has maximum 9 exclusive now, was 9",
        "has maximum 9 now, was 9 exclusive",
    ),
    (
        "a limit at all",
        counted(maximum=5),
        WHOLE,
        "has maximum 5 now, was none",
        "has maximum none now, was 5",
    ),
    (
        "minItems",
        {"type": "array", "items": TEXT, "minItems": 2},
        {"type": "array", "items": TEXT},
        "has minItems 2 now, was none",
        "has minItems none now, was 2",
    ),
    ("multipleOf", counted(multipleOf=6), counted(multipleOf=3), "is a multiple of 6", "is a multiple of 3"),
    ("format", limited(format="date"), TEXT, "has format date now, was any", "has format any now, was date"),
    ("width", counted(format="int32"), counted(format="int64"), "has format int32", "has format int64"),
    ("pattern", limited(pattern="^a"), TEXT, "has pattern ^a now, was none", "has pattern none now, was ^a"),
    (
        "unique",
        {"type": "array", "uniqueItems": True},
        {"type": "array"},
        "may not name anything twice now",
        "may repeat itself now",
    ),
    (
        "in items",
        {"type": "array", "items": WHOLE},
        {"type": "array", "items": NUMBER},
        "[] is integer",
        "[] is number",
    ),
    ("in a member", members(a=WHOLE), members(a=NUMBER), "a is integer now", "a is number now"),
    (
        "deep",
        members(a={"type": "array", "items": members(b=WHOLE)}),
        members(a={"type": "array", "items": members(b=NUMBER)}),
        "a[].b is integer now",
        "a[].b is number now",
    ),
    (
        "in a map",
        {"type": "object", "additionalProperties": WHOLE},
        {"type": "object", "additionalProperties": NUMBER},
        "* is integer now",
        "* is number now",
    ),
    (
        "required",
        members(a=TEXT) | {"required": ["a"]},
        members(a=TEXT),
        "a is required now",
        "a may be left out now",
    ),
    (
        "in allOf",
        {"allOf": [members(a=TEXT), members(b=WHOLE)]},
        {"allOf": [members(a=TEXT), members(b=NUMBER)]},
        "b is integer now",
        "b is number now",
    ),
    (
        "allOf that adds a limit",
        {"allOf": [TEXT, {"maxLength": 2}]},
        {"allOf": [TEXT, {"maxLength": 9}]},
        "has maxLength 2 now, was 9",
        "has maxLength 9 now, was 2",
    ),
    (
        "one of several",
        {"oneOf": [members(a=TEXT) | {"required": ["a"]}]},
        {"oneOf": [members(a=TEXT) | {"required": ["a"]}, WHOLE]},
        "may no longer be integer",
        "may now be integer",
    ),
]
IDS = [each[0] for each in PAIRS]


def told(old: Json, new: Json) -> list[str]:
    return [str(each) for each in breaks_between(old, new)]


@pytest.mark.parametrize(("narrow", "wide", "asked", "answered"), [each[1:] for each in PAIRS], ids=IDS)
def test_requests_may_only_widen_and_answers_only_narrow(narrow: Any, wide: Any, asked: str, answered: str) -> None:
    (found,) = told(asking(wide), asking(narrow))
    assert found.startswith(f"POST /x: body: {asked}") or found.startswith(f"POST /x: body {asked}")
    (found,) = told(answering(narrow), answering(wide))
    assert found.startswith(f"POST /x: answer 200: {answered}") or found.startswith(f"POST /x: answer 200 {answered}")
    assert told(asking(narrow), asking(wide)) == told(answering(wide), answering(narrow)) == []
    assert told(asking(wide), asking(wide)) == told(answering(narrow), answering(narrow)) == []


@pytest.mark.parametrize(("narrow", "wide"), [each[1:3] for each in PAIRS], ids=IDS)
def test_where_a_schema_stands_does_not_matter(narrow: Any, wide: Any) -> None:
    assert (
        len(told(asking(A_REF, A=wide), asking(narrow))) == len(told(answering(narrow), answering(A_REF, A=wide))) == 1
    )
    within = {"allOf": [A_REF, {"description": "the same"}]}
    assert len(told(asking(within, A=wide), asking(within, A=narrow))) == 1
    assert told(asking(within, A=narrow), asking(within, A=wide)) == []
    assert len(told(taking(schema=wide), taking(schema=narrow))) == 1


@pytest.mark.parametrize("same", [(NULLABLE, BOTH), (BOTH, OPTIONAL), (limited(const=1), limited(enum=[1]))])
def test_two_ways_to_say_one_thing(same: tuple[Any, Any]) -> None:
    for old, new in (same, same[::-1]):
        assert told(asking(old), asking(new)) == told(answering(old), answering(new)) == []


@pytest.mark.parametrize("other", [WHOLE, members(), {"type": "array", "items": TEXT}, {"type": "boolean"}])
def test_another_type_breaks_both_ways(other: Json) -> None:
    for old, new in ((TEXT, other), (other, TEXT)):
        what = f"is {new['type']} now, was {old['type']}"
        assert told(asking(old), asking(new)) == [f"POST /x: body {what}"]
        assert told(answering(old), answering(new)) == [f"POST /x: answer 200 {what}"]


CHANGES: list[tuple[str, Json, Json, list[str]]] = [
    ("a path is gone", OPEN, {"openapi": "3.0.0", "paths": {}}, ["POST /x: it is gone"]),
    (
        "a method is gone",
        OPEN,
        {"openapi": "3.0.0", "paths": {"/x": {"get": {}}}},
        ["POST /x: it is gone"],
    ),
    (
        "a variable of a path has another name",
        described({}, "/x/{id}"),
        described({}, "/x/{order}"),
        [],
    ),
    ("a new path", OPEN, {"openapi": "3.0.0", "paths": OPEN["paths"] | {"/y": {"get": {}}}}, []),
    ("a new optional parameter", OPEN, taking(), []),
    ("a new required parameter", OPEN, taking(required=True), ["POST /x: query parameter q is new and required"]),
    ("one that has a default", OPEN, taking(required=True, schema={"type": "string", "default": "a"}), []),
    ("a parameter is required", taking(), taking(required=True), ["POST /x: query parameter q is required now"]),
    ("a parameter is gone", taking(), OPEN, ["POST /x: query parameter q is gone"]),
    ("a header by another spelling", taking(**{"in": "header"}), taking(**{"in": "header", "name": "Q"}), []),
    (
        "another default",
        taking(schema={"type": "integer", "default": 5}),
        taking(schema={"type": "integer", "default": 9}),
        ["POST /x: query parameter q is 9 now where it is left out, was 5"],
    ),
    (
        "another style",
        taking(schema={"type": "array"}),
        taking(schema={"type": "array"}, explode=False),
        ["POST /x: query parameter q is written in another style (form, was form exploded)"],
    ),
    ("a body is required", asking(TEXT, required=False), asking(TEXT), ["POST /x: a body is required now"]),
    ("a body at all", OPEN, asking(TEXT), ["POST /x: a body is required now"]),
    ("no body", asking(TEXT), OPEN, ["POST /x: a body is no longer taken"]),
    (
        "a new required member",
        asking(members(a=TEXT)),
        asking(members(a=TEXT, b=TEXT) | {"required": ["b"]}),
        ["POST /x: body: b is new and required"],
    ),
    (
        "one that only the server sets",
        asking(members(a=TEXT)),
        asking(members(a=TEXT, b=TEXT | {"readOnly": True}) | {"required": ["b"]}),
        [],
    ),
    ("a member less", asking(members(a=TEXT)), asking(members()), ["POST /x: body: a is no longer taken"]),
    (
        "a member less to read",
        answering(members(a=TEXT, b=TEXT)),
        answering(members(b=TEXT)),
        ["POST /x: answer 200: a is gone"],
    ),
    ("a member more to read", answering(members(a=TEXT)), answering(members(a=TEXT, b=TEXT)), []),
    (
        "one that nobody reads",
        answering(members(a=TEXT | {"writeOnly": True})),
        answering(members()),
        [],
    ),
    (
        "names that are closed",
        asking(members() | {"additionalProperties": True}),
        asking(members() | {"additionalProperties": False}),
        ["POST /x: body: * members of other names are no longer taken"],
    ),
    (
        "a status is gone",
        described({"responses": {"200": {}, "202": {}}}),
        described({"responses": {"200": {}}}),
        ["POST /x: status 202 is no longer answered"],
    ),
    ("a status in a range", OPEN, described({"responses": {"2XX": {}}}), []),
    ("a status by default", OPEN, described({"responses": {"default": {}}}), []),
    ("a fault less", described({"responses": {"200": {}, "404": {}}}), OPEN, []),
    (
        "a fault said otherwise",
        described({"responses": {"200": {}, "404": content(members(code=TEXT))}}),
        described({"responses": {"200": {}, "404": content(members())}}),
        ["POST /x: answer 404: code is gone"],
    ),
    (
        "another type of answer",
        answering(TEXT),
        described({"responses": {"200": content(TEXT, "text/plain")}}),
        ["POST /x: answer 200 is no longer of type application/json"],
    ),
    (
        "another type of body",
        asking(TEXT),
        described({"requestBody": content(TEXT, "application/xml"), "responses": {"200": {}}}),
        ["POST /x: a body of type application/json is no longer taken"],
    ),
    (
        "any type of body",
        asking(TEXT),
        described({"requestBody": content(TEXT, "*/*"), "responses": {"200": {}}}),
        [],
    ),
    (
        "a charset",
        answering(TEXT),
        described({"responses": {"200": content(TEXT, "application/json; charset=utf-8")}}),
        [],
    ),
    (
        "a header of the answer",
        described({"responses": {"200": {"headers": {"ETag": {"required": True, "schema": TEXT}}}}}),
        OPEN,
        ["POST /x: answer 200: header ETag is gone"],
    ),
    (
        "a header that may be left out",
        described({"responses": {"200": {"headers": {"ETag": {"required": True, "schema": TEXT}}}}}),
        described({"responses": {"200": {"headers": {"etag": {"schema": TEXT}}}}}),
        ["POST /x: answer 200: header ETag may be left out now"],
    ),
    (
        "a login",
        OPEN,
        described({"security": [{"key": []}], "responses": {"200": {}}}),
        ["POST /x: asks for key now"],
    ),
    (
        "a right more",
        described({"security": [{"oauth": ["read"]}], "responses": {"200": {}}}),
        described({"security": [{"oauth": ["read", "write"]}], "responses": {"200": {}}}),
        ["POST /x: asks for oauth now, and oauth was enough"],
    ),
    ("a login less", described({"security": [{"key": []}], "responses": {"200": {}}}), OPEN, []),
    (
        "another address of all",
        {"swagger": "2.0", "basePath": "/v1", "paths": {"/x": {"get": {}}}},
        {"swagger": "2.0", "basePath": "/v2", "paths": {"/x": {"get": {}}}},
        ["GET /v1/x: it is gone"],
    ),
    (
        "Swagger 2",
        {"swagger": "2.0", "paths": {"/x": {"get": {"responses": {"200": {"schema": members(a=TEXT)}}}}}},
        {"swagger": "2.0", "paths": {"/x": {"get": {"responses": {"200": {"schema": members(a=WHOLE)}}}}}},
        ["GET /x: answer 200: a is integer now, was string"],
    ),
    (
        "a body of Swagger 2",
        {"swagger": "2.0", "paths": {"/x": {"put": {"parameters": [{"in": "body", "name": "b", "schema": TEXT}]}}}},
        {"swagger": "2.0", "paths": {"/x": {"put": {"parameters": [{"in": "body", "name": "b", "schema": WHOLE}]}}}},
        ["PUT /x: body is integer now, was string"],
    ),
    (
        "from Swagger 2 to OpenAPI 3",
        {"swagger": "2.0", "paths": {"/x": {"get": {"parameters": [{"in": "query", "name": "n", "type": "integer"}]}}}},
        described({"parameters": [{"in": "query", "name": "n", "schema": WHOLE}]}, method="get"),
        [],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), [each[1:] for each in CHANGES], ids=[each[0] for each in CHANGES])
def test_what_breaks(old: Json, new: Json, expected: list[str]) -> None:
    assert told(old, new) == expected
    assert told(old, old) == told(new, new) == []


def test_what_was_announced_or_only_may_break_is_not_sure() -> None:
    old = described({"deprecated": True, "responses": {}})
    (found,) = breaks_between(old, {"paths": {}})
    assert not found.sure
    assert str(found) == "POST /x: it is gone, as was announced: it was deprecated"
    for before, after in (
        (taking(), OPEN),
        (asking(WHOLE), asking(counted(maximum=5))),
        (answering(limited(enum=["a"])), answering(limited(enum=["a", "b"]))),
        (asking(TEXT), asking(limited(pattern="^a"))),
    ):
        (found,) = breaks_between(before, after)
        assert not found.sure


def test_what_goes_in_a_ring_ends_and_is_compared() -> None:
    def tree(value: Json) -> Json:
        node = {"$ref": "#/components/schemas/Node"}
        return answering(node, Node=members(value=value, children={"type": "array", "items": node}))

    assert told(tree(TEXT), tree(WHOLE)) == ["POST /x: answer 200: value is integer now, was string"]
    ring = answering(A_REF, A={"allOf": [A_REF, members(a=TEXT)]})
    lost = answering(A_REF, A={"allOf": [A_REF, members()]})
    assert told(ring, lost) == ["POST /x: answer 200: a is gone"]
    endless = answering(A_REF, A=A_REF)
    assert told(endless, endless) == []


def test_what_is_not_compared_is_said() -> None:
    old, new = answering({"$ref": "other.yaml#/A"}), answering({"$ref": "other.yaml#/B"})
    (found,) = breaks_between(old, new)
    assert (found.sure, found.what) == (False, "answer 200 says another `$ref`, which is not compared")


WORDS = [
    *("type", "properties", "allOf", "oneOf", "items", "$ref", "enum", "required", "schema", "content", "responses"),
    *("paths", "get", "parameters", "in", "name", "minimum", "additionalProperties", "nullable", "security", "200"),
    *("/x", "headers", "application/json", "requestBody", "multipleOf"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["string", "object", "#/a", "", "2XX"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=30,
)


@settings(max_examples=200, deadline=None)
@given(old=JSON, new=JSON)
def test_no_shape_of_a_document_is_a_bug(old: Any, new: Any) -> None:
    for one in (old, {"paths": {"/x": {"get": old}}}, answering(old)):
        for other in (new, {"paths": {"/x": {"get": new}}}, answering(new)):
            breaks_between(one, other)
        assert breaks_between(one, one) == ()


def test_a_description_is_kept_small_and_whole() -> None:
    given = answering(members(**{f"field{at}": TEXT for at in range(2000)}))
    text = kept(given)
    assert text is not None
    assert len(text) < 20_000
    assert recalled(text) == given
    for broken in ("", "???", "abcdef", text[:-40]):
        with pytest.raises(ValueError, match=r".*"):
            recalled(broken)
    assert kept({str(at): hash(str(at)) for at in range(100_000)}) is None


def test_descriptions_are_json_or_yaml_without_aliases() -> None:
    assert read_description("a.yaml", lambda _: b"paths: {/x: {get: {}}}") == {"paths": {"/x": {"get": {}}}}
    wrong = {"a.json": b"{", "a.yaml": b"a: &b [*b]", "a.yml": b"a: ["}
    for name in wrong:
        with pytest.raises(ValueError, match=r".+"):
            read_description(name, wrong.__getitem__)
