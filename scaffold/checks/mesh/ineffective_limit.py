"""A limit on requests that refuses nothing, or a sidecar that is configured past the mesh.

What: each EnvoyFilter, or HTTPLocalRateLimitPolicy, is exactly one of the declared limits, and each of these is
    there: of its App's pods (or their waypoint) alone, on its port, counted and enforced for all requests, and
    refusing them where nobody can count. What each pod may answer is shared out among those of a waypoint: all of them
    let through no more than the App's pods answer together, no fewer of these run than it was shared out for, and no
    more of the waypoint's than it was shared out among.
Why: Envoy enforces a limit for none of the requests unless it is told to, answers them all while the service that
    counts is away, and asks it nothing without a descriptor. Any other filter can take the mesh's rules away.
Fields: EnvoyFilter spec; HTTPLocalRateLimitPolicy spec; App spec.ports.*.limits; Platform spec.rateLimit;
    spec.replicas, or spec.minReplicas of its autoscaler.
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
    from scaffold.contributions import ProxyEntry
    from scaffold.manifests import PodTemplate, Rendered
    from scaffold.system.model import Member

_ALL = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
_REFERENCED = "envoyfilter.istio.io/referenced-services"
# What is refused by a pod alone uses up nothing of what all of them may answer.
_BEFORE = 5
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
    yield from _fewer(rendered)
    yield from _more(rendered)


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
        asks = (
            manifest.kind == "EnvoyFilter"
            and "targetRefs" in manifest.spec
            and manifest.spec.get("priority") != _BEFORE
        )
        if asks and named != _reference(platform):
            reason = "the waypoint does not know the service that counts, and refuses everything"
            yield Finding("error", "mesh/ineffective-limit", f"{manifest.path}#/metadata/annotations", reason)


def _fewer(rendered: Rendered) -> Iterator[Finding]:
    """Yield each workload of fewer pods than its waypoint's pods let requests through for."""
    for pod, member in rendered.owned:
        behind = max((entry.behind for entry, _ in member.additions.proxies), default=0)
        if limits(member.app)["each"] and _least(rendered, pod) < behind:
            reason = f"fewer than {behind} pods: their waypoint lets through what so many may answer"
            remedy = "declare how many there are: spec.workload.replicas"
            yield Finding("error", "mesh/ineffective-limit", pod.manifest.path, reason, remedy)


def _more(rendered: Rendered) -> Iterator[Finding]:
    """Yield each proxy of which more pods may run than limits are shared out among."""
    for key, member in rendered.members.items():
        for entry, _ in member.additions.proxies if limits(member.app)["each"] else ():
            spec = (entry.objects.get("deployment") or {}).get("spec") or {}
            strategy = spec.get("strategy") or {}
            surge = (strategy.get("rollingUpdate") or {}).get("maxSurge")
            if surge != 0 or "horizontalPodAutoscaler" in entry.objects:
                reason = f"more than {entry.replicas} pods of its waypoint may run, each with a share of the limit"
                yield Finding("error", "mesh/ineffective-limit", f"App {key}", reason)


def _least(rendered: Rendered, pod: PodTemplate) -> int:
    """Return how many pods a workload runs at the least; what is no number is Kubernetes' default."""
    scaled = [scaler.spec.get("minReplicas") for scaler in rendered.autoscalers.get(pod.manifest.identity, ())]
    found = scaled or [pod.manifest.spec.get("replicas")]
    return min(one if isinstance(one, int) else 1 for one in found)


def _policies(app: App) -> Iterator[dict[str, Any]]:
    """Yield the limits of a mesh whose proxy takes them as they are."""
    for name, one in limits(app)["each"].items():
        server = {"group": "policy.linkerd.io", "kind": "Server", "name": f"{app.name}.{name}"}
        yield {"targetRef": server, "total": {"requestsPerSecond": one["requests"]}}


def _reference(platform: Any) -> str:
    counts = platform.rateLimit
    return f"{counts.namespace}/{counts.service}.{counts.namespace}.svc.cluster.local"


def _wanted(member: Member, platform: Any) -> Iterator[dict[str, Any]]:
    app, declared = member.app, limits(member.app)
    proxy = next((entry for entry, _ in member.additions.proxies), None)
    for name, one in declared["each"].items():
        # Of a waypoint's pods none lets through more than its part; a bucket of nothing is none to Envoy.
        count = max(1, one["requests"] * proxy.behind // proxy.replicas) if proxy else one["requests"]
        listener, within, _ = _where_counted(app, name, one, proxy)
        local = _local(name, one, count)
        yield _spec(app, [_filter(listener, within, "envoy.filters.http.local_ratelimit", local)], proxy, _BEFORE)
    for name, one in declared["all"].items():
        listener, within, routes = _where_counted(app, name, one, proxy)
        described = {
            "applyTo": "VIRTUAL_HOST",
            "match": {"context": "SIDECAR_INBOUND", "routeConfiguration": routes},
            "patch": {"operation": "MERGE", "value": {"rate_limits": [{"actions": [_descriptor(one)]}]}},
        }
        asked = _filter(listener, within, "envoy.filters.http.ratelimit", _global(one, platform.rateLimit))
        yield _spec(app, [asked, described], proxy, 10)


def _where_counted(
    app: App, name: str, one: dict[str, Any], proxy: ProxyEntry | None
) -> tuple[dict[str, Any], dict[str, str], dict[str, Any]]:
    """Return the listener, the chain of filters in it and the routes by which requests for a port come."""
    if proxy is None:
        return {"portNumber": one["port"]}, {}, {"portNumber": one["port"]}
    # At a waypoint: what is sent to that port of the Service.
    chain = f"inbound-vip|{app.spec.ports[name].service}|http|{app.name}.{app.namespace}.svc.cluster.local"
    return {"name": "main_internal"}, {"name": chain}, {"name": chain}


def _local(name: str, one: dict[str, Any], count: int) -> dict[str, Any]:
    return {
        "@type": f"{_TYPES}.local_ratelimit.v3.LocalRateLimit",
        "stat_prefix": name,
        "token_bucket": {"max_tokens": count, "tokens_per_fill": count, "fill_interval": one["interval"]},
        "filter_enabled": _ALL,
        "filter_enforced": _ALL,
        "rate_limited_as_resource_exhausted": one["protocol"] == "grpc",
    }


def _global(one: dict[str, Any], counts: Any) -> dict[str, Any]:
    host = f"{counts.service}.{counts.namespace}.svc.cluster.local"
    service = {"cluster_name": f"outbound|{counts.port}||{host}", "authority": host}
    return {
        "@type": f"{_TYPES}.ratelimit.v3.RateLimit",
        "domain": counts.domain,
        "failure_mode_deny": True,
        "timeout": "0.250s",
        "rate_limited_as_resource_exhausted": one["protocol"] == "grpc",
        "rate_limit_service": {"transport_api_version": "V3", "grpc_service": {"envoy_grpc": service}},
    }


def _descriptor(one: dict[str, Any]) -> dict[str, Any]:
    return {"generic_key": {"descriptor_key": "app", "descriptor_value": one["name"]}}


def _spec(app: App, patches: list[dict[str, Any]], proxy: ProxyEntry | None, priority: int) -> dict[str, Any]:
    where: dict[str, Any] = {"workloadSelector": {"labels": selector(app.name)}}
    if proxy:
        where = {"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": proxy.name}]}
    return {**where, "priority": priority, "configPatches": patches}


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
