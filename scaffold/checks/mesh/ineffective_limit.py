"""A limit on requests that refuses nothing, or a sidecar that is configured past the mesh.

What: each EnvoyFilter, or HTTPLocalRateLimitPolicy, is exactly one of the declared limits, and each of these is
    there: of its App's pods (or their waypoint) alone, on its port, counted and enforced for all requests, and
    refusing them where nobody can count.
Why: Envoy enforces a limit for none of the requests unless it is told to, answers them all while the service that
    counts is away, and asks it nothing without a descriptor. Any other filter can take the mesh's rules away.
Fields: EnvoyFilter spec; HTTPLocalRateLimitPolicy spec; App spec.ports.*.limits; Platform spec.rateLimit.
Reference: Envoy, local and global rate limiting; OWASP API Security Top 10, API4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaffold.finding import Finding
from scaffold.labels import selector
from scaffold.reach.intent import LINKERD
from scaffold.system.derived import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.schema import App
    from scaffold.manifests import Rendered
    from scaffold.system.model import Member

_ALL = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
_REFERENCED = "envoyfilter.istio.io/referenced-services"
_TYPES = "type.googleapis.com/envoy.extensions.filters.http"


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each filter that is no declared limit, and for each limit that has none."""
    if rendered.system.platform.spec.mesh is None:
        return
    spec = rendered.system.platform.spec
    by_proxy = getattr(spec.mesh, "judgedBy", "") == LINKERD
    wanted = {key: list(_policies(m.app) if by_proxy else _wanted(m, spec)) for key, m in rendered.members.items()}
    for kind in ("EnvoyFilter", "HTTPLocalRateLimitPolicy"):
        own = wanted if by_proxy == (kind != "EnvoyFilter") else {}
        undeclared, missing = rendered.beside(kind, own)
        for manifest in undeclared:
            reason = "no limit on requests as the App declares one"
            yield Finding("error", "mesh/ineffective-limit", f"{manifest.path}#/spec", reason)
        for key, limit in missing:
            yield Finding("error", "mesh/ineffective-limit", key, f"a limit is declared and not there: {_where(limit)}")
    yield from _untold(rendered)


def _where(limit: dict[str, Any]) -> str:
    if "targetRef" in limit:
        return str(limit["targetRef"]["name"])
    where = limit["configPatches"][0]["match"]["listener"]
    return f"port {where.get('portNumber') or where['filterChain']['name'].split('|')[1]}"


def _untold(rendered: Rendered) -> Iterator[Finding]:
    """Yield each limit at a waypoint that does not know the service that counts, and would refuse everything."""
    platform: Any = rendered.system.platform.spec
    for manifest in rendered.applied:
        named = (manifest.metadata.get("annotations") or {}).get(_REFERENCED)
        if manifest.kind == "EnvoyFilter" and "targetRefs" in manifest.spec and named != _reference(platform):
            reason = "the waypoint does not know the service that counts, and refuses everything"
            yield Finding("error", "mesh/ineffective-limit", f"{manifest.path}#/metadata/annotations", reason)


def _policies(app: App) -> Iterator[dict[str, Any]]:
    """Yield the limits of a mesh whose proxy takes them as they are."""
    for name, one in limits(app)["each"].items():
        server = {"group": "policy.linkerd.io", "kind": "Server", "name": f"{app.name}.{name}"}
        yield {"targetRef": server, "total": {"requestsPerSecond": one["requests"]}}


def _reference(platform: Any) -> str:
    counts = platform.rateLimit
    return f"{counts.namespace}/{counts.service}.{counts.namespace}.svc.cluster.local"


def _wanted(member: Member, platform: Any) -> Iterator[dict[str, Any]]:
    app = member.app
    declared = limits(app)
    for name, one in declared["each"].items():
        bucket = {"max_tokens": one["requests"], "tokens_per_fill": one["requests"], "fill_interval": one["interval"]}
        local = {
            "@type": f"{_TYPES}.local_ratelimit.v3.LocalRateLimit",
            "stat_prefix": name,
            "token_bucket": bucket,
            "filter_enabled": _ALL,
            "filter_enforced": _ALL,
            "rate_limited_as_resource_exhausted": one["protocol"] == "grpc",
        }
        yield _spec(app, [_filter({"portNumber": one["port"]}, {}, "envoy.filters.http.local_ratelimit", local)])
    proxy = next((entry.name for entry, _ in member.additions.proxies), "")
    for name, one in declared["all"].items():
        counts = platform.rateLimit
        host = f"{counts.service}.{counts.namespace}.svc.cluster.local"
        service = {"cluster_name": f"outbound|{counts.port}||{host}", "authority": host}
        asked = {
            "@type": f"{_TYPES}.ratelimit.v3.RateLimit",
            "domain": counts.domain,
            "failure_mode_deny": True,
            "timeout": "0.250s",
            "rate_limited_as_resource_exhausted": one["protocol"] == "grpc",
            "rate_limit_service": {"transport_api_version": "V3", "grpc_service": {"envoy_grpc": service}},
        }
        action = {"generic_key": {"descriptor_key": "app", "descriptor_value": one["name"]}}
        # At a waypoint: what is sent to that port of the Service.
        chain = f"inbound-vip|{app.spec.ports[name].service}|http|{app.name}.{app.namespace}.svc.cluster.local"
        routes = {"name": chain} if proxy else {"portNumber": one["port"]}
        described = {
            "applyTo": "VIRTUAL_HOST",
            "match": {"context": "SIDECAR_INBOUND", "routeConfiguration": routes},
            "patch": {"operation": "MERGE", "value": {"rate_limits": [{"actions": [action]}]}},
        }
        listener = {"name": "main_internal"} if proxy else {"portNumber": one["port"]}
        within = {"name": chain} if proxy else {}
        yield _spec(app, [_filter(listener, within, "envoy.filters.http.ratelimit", asked), described], proxy)


def _spec(app: App, patches: list[dict[str, Any]], proxy: str = "") -> dict[str, Any]:
    where: dict[str, Any] = {"workloadSelector": {"labels": selector(app.name)}}
    if proxy:
        where = {"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": proxy}]}
    return {**where, "priority": 10, "configPatches": patches}


def _filter(listener: dict[str, Any], within: dict[str, str], name: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return the patch that puts a filter right before the router, behind the rules on callers."""
    connection = {
        "name": "envoy.filters.network.http_connection_manager",
        "subFilter": {"name": "envoy.filters.http.router"},
    }
    return {
        "applyTo": "HTTP_FILTER",
        "match": {
            "context": "SIDECAR_INBOUND",
            "listener": {**listener, "filterChain": {**within, "filter": connection}},
        },
        "patch": {"operation": "INSERT_BEFORE", "value": {"name": name, "typed_config": config}},
    }
