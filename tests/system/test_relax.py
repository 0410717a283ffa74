"""Exceptions: what they open, for how long, and that they open nothing else."""

from datetime import date

import pytest
from harness import app, documents, edited, exception, platform, put, run

from scaffold import checks
from scaffold.answers.load import from_documents
from scaffold.errors import AnswersError, FindingsError
from scaffold.registry import registry
from scaffold.system.relax import LONGEST
from scaffold.system.resolve import resolve
from scaffold.verify import verify

TODAY = date(2026, 11, 22)
DEPLOYMENT = "apps/shop/api/base/deployment.yaml"
CONTEXT = ("spec", "template", "spec", "containers", 0, "securityContext")
# What each exception opens, and what its namespace enforces then.
RELAXED = {
    "read-only-root": ({"readOnlyRootFilesystem": False}, "restricted"),
    "non-root": ({"runAsNonRoot": False, "runAsUser": 0, "runAsGroup": 0}, "baseline"),
    "no-capabilities": ({"capabilities": {"drop": ["NET_RAW"]}}, "baseline"),
    "no-privilege-escalation": ({"allowPrivilegeEscalation": True}, "baseline"),
}
OTHER = app("web")


def relaxed(catalog, *controls):
    return run(catalog, app(exceptions=[exception(one) for one in controls]), OTHER, platform())


def resolved(catalog, *exceptions, day=TODAY):
    [answers] = from_documents(documents(app(exceptions=list(exceptions)), platform()), catalog)
    return resolve(catalog, answers, day)


def refused(catalog, *exceptions, day=TODAY):
    with pytest.raises(AnswersError) as caught:
        resolved(catalog, *exceptions, day=day)
    [problem] = caught.value.problems
    return f"{problem.message} ({problem.remedy})"


def errors(bundle, system):
    with pytest.raises(FindingsError) as caught:
        verify(bundle, system)
    return {finding.check for finding in caught.value.findings if finding.severity == "error"}


def context(made, name):
    value = made.object(f"apps/shop/{name}/base/deployment.yaml")
    for step in CONTEXT:
        value = value[step]
    return value


def test_every_control_that_may_be_relaxed_is_here(catalog):
    controls = {one.id: one for blueprint in catalog.blueprints for one in blueprint.controls if one.relaxed}
    assert controls.keys() == RELAXED.keys()
    allowed = {allowed.check for one in controls.values() for allowed in one.relaxed.allows}
    assert allowed <= set(registry(checks.__name__))


@pytest.mark.parametrize("control", RELAXED)
def test_it_opens_what_it_says_for_one_container(catalog, control):
    plain, made = run(catalog, app(), OTHER, platform()), relaxed(catalog, control)
    fields, level = RELAXED[control]
    assert context(made, "api") == {**context(plain, "api"), **fields}
    assert context(made, "web") == context(plain, "web")
    labels = made.object("namespaces/shop/namespace.yaml")["metadata"]["labels"]
    modes = {mode: labels[f"pod-security.kubernetes.io/{mode}"] for mode in ("enforce", "audit", "warn")}
    assert modes == {"enforce": level, "audit": "restricted", "warn": "restricted"}
    found = verify(made.bundle, made.system).findings
    assert [f.severity for f in found if f.check == "exceptions/in-force"] == ["warning"]


@pytest.mark.parametrize("control", RELAXED)
def test_without_it_the_same_files_are_refused(catalog, control):
    plain, made = run(catalog, app(), OTHER, platform()), relaxed(catalog, control)
    expected = {"pod-security/writable-root"} if control == "read-only-root" else {"pod-security/violated-standard"}
    assert expected <= errors(made.bundle, plain.system)


@pytest.mark.parametrize("control", RELAXED)
def test_one_that_opens_nothing_is_refused(catalog, control):
    plain, made = run(catalog, app(), OTHER, platform()), relaxed(catalog, control)
    assert "exceptions/unused" in errors(plain.bundle, made.system)


MORE = {
    "another field": (DEPLOYMENT, put(*CONTEXT, "privileged", to=True)),
    "another capability": (DEPLOYMENT, put(*CONTEXT, "capabilities", "add", to=["SYS_ADMIN"])),
    "the whole pod": (DEPLOYMENT, put(*CONTEXT[:3], "securityContext", "runAsNonRoot", to=False)),
    "another container": ("apps/shop/web/base/deployment.yaml", put(*CONTEXT, "readOnlyRootFilesystem", to=False)),
    "another level": (
        "namespaces/shop/namespace.yaml",
        put("metadata", "labels", "pod-security.kubernetes.io/enforce", to="privileged"),
    ),
    "silence": (
        "namespaces/shop/namespace.yaml",
        put("metadata", "labels", "pod-security.kubernetes.io/warn", to="baseline"),
    ),
}


@pytest.mark.parametrize("name", MORE)
def test_it_opens_nothing_else(catalog, name):
    made = relaxed(catalog, *RELAXED)
    verify(made.bundle, made.system)
    assert errors(edited(made.bundle, *MORE[name]), made.system)


def test_an_init_container_is_relaxed_by_its_own_name(catalog):
    one = exception(container="migrate")
    made = run(catalog, app(init={"migrate": {"command": ["/migrate"]}}, exceptions=[one]), platform())
    verify(made.bundle, made.system)
    spec = made.object(DEPLOYMENT)["spec"]["template"]["spec"]
    [init], [own] = spec["initContainers"], spec["containers"]
    assert [c["securityContext"]["readOnlyRootFilesystem"] for c in (init, own)] == [False, True]
    assert errors(edited(made.bundle, DEPLOYMENT, put(*CONTEXT, "readOnlyRootFilesystem", to=False)), made.system)


def test_a_sidecar_is_relaxed_by_its_own_name(catalog):
    one, image = exception(container="proxy"), "registry.example.com/tools/proxy:1.0.0"
    made = run(catalog, app(sidecars={"proxy": {"image": image}}, exceptions=[one]), platform())
    verify(made.bundle, made.system)
    spec = made.object(DEPLOYMENT)["spec"]["template"]["spec"]
    [sidecar], [own] = spec["initContainers"], spec["containers"]
    assert [c["securityContext"]["readOnlyRootFilesystem"] for c in (sidecar, own)] == [False, True]
    assert errors(edited(made.bundle, DEPLOYMENT, put(*CONTEXT, "readOnlyRootFilesystem", to=False)), made.system)


def test_a_level_that_no_exception_needs_is_refused(catalog):
    made = relaxed(catalog, "read-only-root")
    lower = put("metadata", "labels", "pod-security.kubernetes.io/enforce", to="baseline")
    bundle = edited(made.bundle, "namespaces/shop/namespace.yaml", lower)
    assert errors(bundle, made.system) == {"pod-security/unrestricted-namespace"}


def test_the_report_begins_with_them(catalog):
    made = relaxed(catalog, "non-root")
    text = next(file.text for file in made.bundle.files if file.path == "SECURITY.md")
    first = text.index("## Exceptions")
    assert first == text.index("## ")
    assert "`non-root` for `api` of `shop/api`, until" in text[first : text.index("## Risks")]
    assert "Not for api of shop/api: see the exceptions." in text[text.index("## Controls in force") :]


def test_the_last_day_still_counts(catalog):
    last = exception(until="2027-03-01")
    assert resolved(catalog, last, day=date(2027, 3, 1)).members[0].relaxed
    assert "the exception from read-only-root ended with 2027-03-01; it is 2027-03-02 (UTC)" in refused(
        catalog, last, day=date(2027, 3, 2)
    )


def test_a_year_is_the_longest(catalog):
    assert resolved(catalog, exception(until=str(TODAY + LONGEST))).members[0].relaxed
    assert "more than a year ahead (2027-11-23 at the latest)" in refused(catalog, exception(until="2027-11-24"))


def test_a_day_that_there_is_not_is_refused(catalog):
    assert "there is no day 2027-02-30" in refused(catalog, exception(until="2027-02-30"))


@pytest.mark.parametrize("control", ["read-only-rot", "default-deny", "namespace-restricted", "restricted-pod"])
def test_a_control_that_always_holds_is_refused(catalog, control):
    found = refused(catalog, exception(control, until=str(TODAY)))
    assert f"no control of this App that can be relaxed is called {control}" in found
    assert "one of: no-capabilities, no-privilege-escalation, non-root, read-only-root" in found


def test_a_mesh_takes_plain_text_from_a_caller_until_a_day(catalog):
    """Its App is the selector, its port the one that is excepted; whoever is known needs no exception."""
    outside = {"pods": {"app": "old"}, "port": "http", "until": "2027-03-01"}
    given = [app(ports={"http": {"port": 8080}}, **{"from": [outside]}), platform(mesh={"mode": "istio-sidecar"})]
    [answers] = from_documents(documents(*given), catalog)
    [edge] = [one for one in resolve(catalog, answers, date(2027, 3, 1)).edges if one.places]
    assert edge.until == "2027-03-01"
    with pytest.raises(AnswersError, match=r"spec.from\[0\].until: plain text for this caller ended with 2027-03-01"):
        resolve(catalog, answers, date(2027, 3, 2))
