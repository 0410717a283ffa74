"""One question: the answer, its exit code, and the rule that decides at each end."""

import pytest
from harness import ROOT

from scaffold.errors import QuestionError
from scaffold.graph.question import End, parsed
from scaffold.graph.reports import report

FOLDER = ROOT / "tests/graph/manifests"


def ask(name, source, target):
    made = report((str(FOLDER / name),), None, (source, target), "text")
    return made.exit_code, made.text.replace(f"{FOLDER}/", "")


PARSED = {
    "api": End("api"), "shop/api:8080": End("shop/api", "8080"), "api:http": End("api", "http"), "dns:53/udp": End("dns", "53", "UDP"),
    "10.0.0.0/8": End("10.0.0.0/8"), "10.0.0.0/8:443": End("10.0.0.0/8", "443"), "fd00::/8": End("fd00::/8"), "fd00::1": End("fd00::1"),
    "[fd00::/8]:443/TCP": End("fd00::/8", "443", "TCP"), "kube-system/k8s-app=kube-dns:53": End("kube-system/k8s-app=kube-dns", "53"),
    "internet": End("internet"), "x/y.io/z=a": End("x/y.io/z=a"),
}  # fmt: skip


@pytest.mark.parametrize("text", PARSED)
def test_ends(text):
    assert parsed(text) == PARSED[text]


def test_a_flow_that_is_allowed_names_the_rule_at_each_end():
    assert ask("ports.yaml", "web", "api:admin") == (0, """\
yes: shop/web -> shop/api, 9901/TCP
  open  egress of shop/web: no policy selects its egress: open
  open  ingress of shop/api: let in by
        NetworkPolicy shop/by-name, spec.ingress[1]
          ports.yaml:37""")  # fmt: skip


def test_a_flow_that_is_shut_names_what_selects_the_pod():
    assert ask("ports.yaml", "calls", "api:9901") == (1, """\
no: shop/calls -> shop/api, 9901/TCP
  open  egress of shop/calls: let out by
        NetworkPolicy shop/out-by-name, spec.egress[1]
          ports.yaml:51
  shut  ingress of shop/api: selected by one policy, and no rule of it is for this
        NetworkPolicy shop/by-name
          ports.yaml""")  # fmt: skip


ASKED = {
    ("ports.yaml", "web", "api:dns"): (0, "53/UDP"),
    ("ports.yaml", "web", "api:53/udp"): (0, "53/UDP"),
    ("ports.yaml", "web", "api:53"): (0, "53/UDP"),  # where a pod has the number for one protocol only, that is meant
    ("ports.yaml", "web", "api:53/tcp"): (1, "53/TCP"),
    ("ports.yaml", "web", "calls:30150"): (0, "30150/TCP"),
    ("ports.yaml", "web", "calls:30201"): (1, "30201/TCP"),
    ("ports.yaml", "stranger", "web:http"): (0, "3000/TCP"),
    ("ports.yaml", "stranger", "web:3001"): (1, "3001/TCP"),
    ("ports.yaml", "shop/stranger", "api:9901"): (1, "9901/TCP"),
    ("ports.yaml", "internet", "web"): (0, "any port"),
    ("blocks.yaml", "internet", "api:80"): (0, "80/TCP"),
    ("blocks.yaml", "203.0.113.7", "api:443"): (1, "443/TCP"),
    ("blocks.yaml", "203.0.113.200", "api:443"): (0, "443/TCP"),
    ("blocks.yaml", "api", "10.20.0.0/16:443"): (0, "443/TCP"),  # by the rule on one address, for every port
    ("blocks.yaml", "api", "10.20.0.0/24:443"): (1, "443/TCP"),
    ("blocks.yaml", "api", "[2001:db8:2::/48]:25"): (0, "25/TCP"),
    ("blocks.yaml", "api", "2001:db8:1::/48"): (0, "any port"),
    ("blocks.yaml", "web", "internet"): (1, "any port"),
    ("directions.yaml", "shop/web", "api"): (0, "any port"),
    ("directions.yaml", "api", "shop/web"): (1, "any port"),
    ("directions.yaml", "other", "shop/web:8443"): (0, "8443/TCP"),
    ("directions.yaml", "shop/web", "kube-system/k8s-app=kube-dns:53/udp"): (0, "53/UDP"),
    ("directions.yaml", "shop/web", "k8s-app=kube-dns:54/udp"): (1, "54/UDP"),
}


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_questions(asked):
    code, text = ask(*asked)
    expected, ports = ASKED[asked]
    assert code == expected
    first, *rest = text.splitlines()
    assert first.endswith(f", {ports}")
    assert first.startswith("no: " if code else "yes: ")
    assert any("shut" in line for line in rest) == bool(code)


def test_of_several_addresses_it_is_said_which():
    code, text = ask("blocks.yaml", "203.0.113.0/24", "api:443")
    assert (code, text.splitlines()[-1]) == (0, "  in part: 203.0.113.0/24 except 203.0.113.128/25, 203.0.113.7/32, 203.0.113.192/26")  # fmt: skip


def test_what_others_have_to_open_is_assumed():
    _, text = ask("directions.yaml", "shop/web", "kube-system/k8s-app=kube-dns:53")
    assert "open  ingress of kube-system/k8s-app=kube-dns: lies with somebody else, and is assumed open" in text


REFUSED = {
    ("ports.yaml", "webb", "api"): 'nobody is called "webb" (did you mean "web"?)\n    there is: shop/api, shop/calls, shop/web; a network, `internet`, `stranger`',
    ("directions.yaml", "web", "api:htp"): 'api has no port "htp"\n    name it by its number',
    ("ports.yaml", "web", "api:htp"): 'api has no port "htp" (did you mean "http"?)\n    there is: admin, dns, http',
    ("ports.yaml", "web", "api:0"): '"0" is no port: from 1 to 65535',
    ("ports.yaml", "internet", "10.0.0.0/8"): "no policy decides on what flows between two networks; name a workload",
}  # fmt: skip


@pytest.mark.parametrize("asked", REFUSED, ids=" ".join)
def test_questions_about_what_is_not_there(asked):
    with pytest.raises(QuestionError) as caught:
        ask(*asked)
    assert str(caught.value) == REFUSED[asked]
    assert caught.value.exit_code == 2


def test_an_app_that_was_not_given_is_called_by_its_name(tmp_path):
    text = (FOLDER / "directions.yaml").read_text().replace("k8s-app: kube-dns", "app.kubernetes.io/name: dns")
    (tmp_path / "a.yaml").write_text(text)
    for name in ("dns", "kube-system/dns", "kube-system/app.kubernetes.io/name=dns"):
        made = report((str(tmp_path),), None, ("shop/web", f"{name}:53"), "text")
        assert made.text.startswith("yes: shop/web -> kube-system/app.kubernetes.io/name=dns, 53/TCP\n")


def test_a_name_that_is_several_is_listed(tmp_path):
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {{name: api, namespace: {space}}}\n"
    (tmp_path / "a.yaml").write_text("---\n".join(pod.format(space=space) for space in ("one", "two")))
    with pytest.raises(QuestionError, match='"api" is several: one/api, two/api; say which'):
        report((str(tmp_path),), None, ("api", "one/api"), "text")


def test_the_port_of_a_service_is_the_pods(tmp_path):
    text = (FOLDER / "ports.yaml").read_text()
    service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{name: web, port: 80, targetPort: http}]}\n"
    (tmp_path / "a.yaml").write_text(text + service)
    for port in ("80", "web"):
        made = report((str(tmp_path),), None, ("api", f"shop/web:{port}"), "text")
        assert made.text.startswith("yes: shop/api -> shop/web, 3000/TCP\n")
    assert "the Service's port 80 leads to 3000" in report((str(tmp_path),), None, ("api", "shop/web:80"), "text").text


MESH = """\
apiVersion: v1
kind: Namespace
metadata: {{name: shop, labels: {{istio-injection: enabled}}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: api, namespace: shop, labels: {{app: api}}}}
spec: {{serviceAccountName: api, containers: [{{name: a, ports: [{{containerPort: 8080}}]}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: web, namespace: shop, labels: {{app: web}}}}
spec: {{serviceAccountName: web}}
---
apiVersion: v1
kind: Pod
metadata: {{name: old, namespace: legacy}}
---
{policy}
"""
STRICT = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: shop}\nspec: {mtls: {mode: STRICT}}\n"


def authorization(spec):
    return f"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: api, namespace: shop}}\nspec: {{selector: {{matchLabels: {{app: api}}}}, {spec}}}\n"


ALLOW = authorization(
    "rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}], to: [{operation: {ports: ['8080']}}]}]"
)
DENY = authorization("action: DENY, rules: [{from: [{source: {namespaces: [shop]}}]}]")
MESHED = {
    "no certificate where one is demanded": (STRICT, "old", "shut", "mutual TLS is demanded, and this caller shows no certificate\n        PeerAuthentication shop/default"),
    "nothing at it": (STRICT, "web", "open", "no AuthorizationPolicy at it allows anything: open"),
    "admitted": (ALLOW, "web", "open", "admitted by\n        AuthorizationPolicy shop/api, spec.rules[0]"),
    "not admitted": (ALLOW, "old", "shut", "what selects it does not admit this caller\n        AuthorizationPolicy shop/api"),
    "denied": (DENY, "web", "shut", "denied by\n        AuthorizationPolicy shop/api, spec.rules[0]"),
}  # fmt: skip


@pytest.mark.parametrize("name", MESHED)
def test_what_the_mesh_decides(tmp_path, name):
    policy, source, state, reason = MESHED[name]
    (tmp_path / "a.yaml").write_text(MESH.format(policy=policy))
    made = report((str(tmp_path),), None, (source, "api:8080"), "text")
    assert f"  {state}  mesh at shop/api: {reason}" in made.text
    assert made.exit_code == (0 if state == "open" else 1)


def test_who_only_the_mesh_names_is_there(tmp_path):
    (tmp_path / "a.yaml").write_text(MESH.format(policy=ALLOW.replace("ns/shop/sa/web", "ns/front/sa/shopper")))
    made = report((str(tmp_path),), None, ("front/ServiceAccount shopper", "api:8080"), "text")
    assert made.exit_code == 0


def test_another_trust_domain_is_that_of_the_policies(tmp_path):
    (tmp_path / "a.yaml").write_text(MESH.format(policy=ALLOW.replace("cluster.local", "corp.example")))
    assert report((str(tmp_path),), None, ("web", "api:8080"), "text").exit_code == 0
