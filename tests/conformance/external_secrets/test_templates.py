"""A secret that is put together says what was declared, whatever its values are, and none of them ends its own part

Executed as External Secrets does: Go's templates, sprig's functions without the environment's, an error where a value is
missing. The twins: the same value as it is, which says where a program connects, and a property that is not there.
"""

import json
from random import Random
from urllib.parse import quote, unquote, urlsplit

import pytest
from conformance.helpers import objects
from harness import EXAMPLES

from scaffold.render.escape_go import go_template

PROGRAM = "go-template"
pytestmark = pytest.mark.programs(PROGRAM)
HOSTILE = [
    "", " ", "+", "%", "%40", "a b+c", "x@evil.example.com:1/other?sslmode=disable#", "/", ":", "?", "#", "[::1]", "\\", '"', "'", "\n",
    "\r\n", "\t", "\0", "\x7f", "\u2028", "\ufeff", "{{ .part1 }}", "{{", "}}", "{{ env }}", "<no value>", "\U0001f600", "é", "~-._", "</script>&",
]  # fmt: skip
TEXTS = [
    "",
    "{",
    "{{",
    "}}",
    '{{ "',
    "{{- .part0 -}}",
    "{{/*",
    "*/}}",
    "`",
    '"',
    "\\",
    "\n  ",
    "postgres://",
    ":",
    "@db/",
    "{{ .part1 }}",
    "}}{{",
]
SPELLED = {
    "url": lambda value: quote(value, safe=""),
    "plain": lambda value: value,
    "json": lambda value: json.dumps(value, ensure_ascii=False).replace("\x7f", "\x7f").replace("\u2028", "\\u2028"),
}


def joined(path):
    """Return the ExternalSecrets of an example that are put together of parts."""
    found = objects(sorted((path / "bundle").rglob("external-secret-*.yaml")))
    return [one for one in found if "data" in one["spec"]["target"]["template"]]


@pytest.fixture(params=[path for path in EXAMPLES if joined(path)], ids=lambda path: path.name, scope="module")
def joining(request):
    return request.param


@pytest.fixture
def execute(talk):
    def made(template, values):
        return json.loads(talk(PROGRAM)(json.dumps({"Template": template, "Values": values})))

    return made


def test_an_address_leads_where_it_was_declared(joining, execute, proof):
    for secret in joined(joining):
        [template] = secret["spec"]["target"]["template"]["data"].values()
        names = [entry["secretKey"] for entry in secret["spec"]["data"]]
        usual = urlsplit(execute(template, dict.fromkeys(names, "x"))["Made"])
        for value in HOSTILE:
            found = urlsplit(execute(template, dict.fromkeys(names, value))["Made"])
            assert unquote(found.username) == unquote(found.password) == value
            assert (found.hostname, found.port, found.path) == (usual.hostname, usual.port, usual.path)
            assert (found.query, found.fragment) == ("", "")
    proof(PROGRAM, joining, "accepted")


def test_a_value_as_it_is_leads_elsewhere(joining, execute, proof):
    [secret] = joined(joining)
    [template] = secret["spec"]["target"]["template"]["data"].values()
    names = [entry["secretKey"] for entry in secret["spec"]["data"]]
    twin = template.replace(' | urlquery | replace "+" "%20"', "")
    assert twin != template
    hostile = dict.fromkeys(names, "x@evil.example.com:1/other?sslmode=disable#")
    assert urlsplit(execute(twin, hostile)["Made"]).hostname == "evil.example.com"
    half = template.replace(' | replace "+" "%20"', "")
    assert unquote(urlsplit(execute(half, dict.fromkeys(names, "a b"))["Made"]).password) == "a+b"
    proof(PROGRAM, joining, "twin_refused")


def test_a_property_that_is_missing_makes_no_secret(joining, execute, proof):
    [secret] = joined(joining)
    [template] = secret["spec"]["target"]["template"]["data"].values()
    names = [entry["secretKey"] for entry in secret["spec"]["data"]]
    found = execute(template, dict.fromkeys(names[1:], "x"))
    assert (found["Made"], names[0] in found["Error"]) == ("", True)
    proof(PROGRAM, joining, "twin_refused")


def test_any_parts_are_put_together_as_they_are(execute, proof):
    """And texts that are not escaped are no texts: most are no template, and one of them reads a value."""
    random, about, wrong = Random(1), "hostile parts", set()  # noqa: S311  not for secrets
    for _ in range(400):
        parts, values, wanted = [], {}, ""
        for index in range(random.randint(1, 5)):
            name, how = f"part{index}", random.choice([None, *SPELLED])
            if how is None:
                parts.append({"text": "".join(random.choices(TEXTS, k=2)), "name": name, "spelled": None})
                wanted += parts[-1]["text"]
            else:
                values[name] = random.choice(HOSTILE)
                parts.append({"text": None, "name": name, "spelled": how})
                wanted += SPELLED[how](values[name])
        assert execute(go_template(parts), values) == {"Made": wanted, "Error": ""}
        plain = "".join(f"{{{{ .{part['name']} }}}}" if part["text"] is None else part["text"] for part in parts)
        wrong.add(execute(plain, values)["Made"] != wanted)
    assert execute("{{ .part1 }}", {"part1": "value"})["Made"] == "value"
    assert wrong == {True, False}
    assert "not defined" in execute('{{ env "HOME" }}', {})["Error"]
    proof(PROGRAM, about, "accepted")
    proof(PROGRAM, about, "twin_refused")
