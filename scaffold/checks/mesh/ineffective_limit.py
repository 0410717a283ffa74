"""A limit on requests that refuses nothing, or a sidecar that is configured past the mesh.

What: each EnvoyFilter, or HTTPLocalRateLimitPolicy, is exactly one of the declared limits, and each of these is
    there: of its App's pods alone, on its port, counted and enforced for all requests, and refusing them where
    nobody can count.
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

_ALL = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
_TYPES = "type.googleapis.com/envoy.extensions.filters.http"


def check(rendered: Rendered) -> Iterator[Finding]:
    """Yield a finding for each filter that is no declared limit, and for each limit that has none."""
    if rendered.system.platform.spec.mesh is None:
        return
    spec = rendered.system.platform.spec
    by_proxy = getattr(spec.mesh, "judgedBy", "") == LINKERD
    wanted = {key: list(_policies(m.app) if by_proxy else _wanted(m.app, spec)) for key, m in rendered.members.items()}
    for kind in ("EnvoyFilter", "HTTPLocalRateLimitPolicy"):
        own = wanted if by_proxy == (kind != "EnvoyFilter") else {}
        undeclared, missing = rendered.beside(kind, own)
        for manifest in undeclared:
            reason = "no limit on requests as the App declares one"
            yield Finding("error", "mesh/ineffective-limit", f"{manifest.path}#/spec", reason)
        for key, limit in missing:
            yield Finding("error", "mesh/ineffective-limit", key, f"a limit is declared and not there: {_where(limit)}")


def _where(limit: dict[str, Any]) -> str:
    if "targetRef" in limit:
        return str(limit["targetRef"]["name"])
    return f"port {limit['configPatches'][0]['match']['listener']['portNumber']}"


def _policies(app: App) -> Iterator[dict[str, Any]]:
    """Yield the limits of a mesh whose proxy takes them as they are."""
    for name, one in limits(app)["each"].items():
        server = {"group": "policy.linkerd.io", "kind": "Server", "name": f"{app.name}.{name}"}
        yield {"targetRef": server, "total": {"requestsPerSecond": one["requests"]}}


def _wanted(app: App, platform: Any) -> Iterator[dict[str, Any]]:
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
        yield _spec(app, [_filter(one["port"], "envoy.filters.http.local_ratelimit", local)])
    for one in declared["all"].values():
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
        described = {
            "applyTo": "VIRTUAL_HOST",
            "match": {"context": "SIDECAR_INBOUND", "routeConfiguration": {"portNumber": one["port"]}},
            "patch": {"operation": "MERGE", "value": {"rate_limits": [{"actions": [action]}]}},
        }
        yield _spec(app, [_filter(one["port"], "envoy.filters.http.ratelimit", asked), described])


def _spec(app: App, patches: list[dict[str, Any]]) -> dict[str, Any]:
    return {"workloadSelector": {"labels": selector(app.name)}, "priority": 10, "configPatches": patches}


def _filter(port: int, name: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return the patch that puts a filter right before the router, behind the rules on callers."""
    connection = {
        "name": "envoy.filters.network.http_connection_manager",
        "subFilter": {"name": "envoy.filters.http.router"},
    }
    return {
        "applyTo": "HTTP_FILTER",
        "match": {
            "context": "SIDECAR_INBOUND",
            "listener": {"portNumber": port, "filterChain": {"filter": connection}},
        },
        "patch": {"operation": "INSERT_BEFORE", "value": {"name": name, "typed_config": config}},
    }
