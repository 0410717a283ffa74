"""A run of the conformance tier: three processes, what each of them proved, and what all of it comes to.

`tests/conftest.py` registers this where the tier is asked for: in the process that starts the others, too, which reads
no conftest of a folder.
"""

import signal
import time

import pytest
from conformance import news
from conformance import proof as proofs
from conformance.proof import REQUIRED
from xdist.scheduler import LoadScopeScheduling

PROOF = pytest.StashKey[proofs.Proof]()
SAID = pytest.StashKey[list[str]]()
BUILT, BEGUN = pytest.StashKey[float](), pytest.StashKey[float]()
CLUSTER, GENERATED = "cluster", "generated"
# Who uses the one control plane, and therefore stays in one process.
TOGETHER = (
    "apiserver/test_manifests", "apiserver/test_pods", "apiserver/test_injected", "apiserver/test_rights",
    "pod_security/test_admission", "pod_security/test_exceptions", "apiserver/test_scaling", "apiserver/test_people",
    "apiserver/test_unlimited", "apiserver/test_sidecars", "apiserver/test_isolation", "apiserver/test_sizes",
    "pod_security/test_ids", "apiserver/test_alone", "eks/test_role", "eks/test_pod_identity",
    "apiserver/test_federation", "apiserver/test_stores", "apiserver/test_provider_classes", "sealed_secrets/test_strict",
    "sops/test_encrypted", "apiserver/test_marked_nodes",
    "apiserver/test_families", "apiserver/test_linkerd", "apiserver/test_wizard", "apiserver/test_waypoints",
    "apiserver/test_quarantine", "apiserver/test_quota", "apiserver/test_tokens", "apiserver/test_accounts",
)  # fmt: skip
# What takes longest, the longest first; the rest is short.
LONGEST = (
    CLUSTER, GENERATED, "apiserver/test_encryption", "apiserver/test_audit", "apiserver/test_kms", "checkov/test_findings",
    "kubeconform/test_schemas", "kube_score/test_findings", "kustomize/test_cases", "cyclonus/test_graph",
    "apiserver/test_admission", "kustomize/test_trees", "cookiecutter/test_bytes", "cyclonus/test_policies",
)  # fmt: skip


def group(nodeid):
    """Return which tests stay in one process: those on the one control plane or on generated systems, else a file's."""
    file = nodeid.partition("::")[0]
    if file.endswith("/test_generated.py"):
        return GENERATED
    return CLUSTER if file.removesuffix(".py").endswith(TOGETHER) else file


def rank(nodeid):
    """Return the place of a test's group among those that take long, which begin first."""
    own = group(nodeid).removesuffix(".py")
    return next((place for place, name in enumerate(LONGEST) if own.endswith(name)), len(LONGEST))


class Groups(LoadScopeScheduling):
    """Hands out one group after the other."""

    def _split_scope(self, nodeid):
        return group(nodeid)


def pytest_xdist_make_scheduler(config, log):
    return Groups(config, log)


def pytest_configure(config):
    config.addinivalue_line("markers", "programs(*names): the programs that a claim asks, built before it runs")
    config.addinivalue_line("markers", "files(*names): the files that a claim reads, fetched before it runs")
    config.stash[PROOF], config.stash[SAID] = proofs.Proof(), []
    config.stash[BUILT], config.stash[BEGUN] = 0.0, time.monotonic()
    # Ended politely, as by an interrupt: fixtures are torn down, so that every server stops.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not works_for_another(config):
        news.relay(config)


def works_for_another(config):
    return hasattr(config, "workerinput")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Take over what another process proved."""
    for key, found in getattr(node, "workeroutput", {}).get("proof", ()):
        for what in found:
            node.config.stash[PROOF].add(tuple(key), what)
    node.config.stash[PROOF].ran |= set(getattr(node, "workeroutput", {}).get("ran", ()))
    node.config.stash[BUILT] += getattr(node, "workeroutput", {}).get("built", 0)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session, exitstatus):
    proof, said = session.config.stash[PROOF], session.config.stash[SAID]
    if works_for_another(session.config):
        session.config.workeroutput |= {
            "proof": [[list(key), sorted(found)] for key, found in proof.found.items()],
            "ran": sorted(proof.ran),
            "built": session.config.stash[BUILT],
        }
        return
    said += proofs.lines(proof.records()) if proof.found else []
    if exitstatus != pytest.ExitCode.OK:
        return
    before, after, problems = proofs.text(proofs.committed()), proofs.text(proof.merged()), proof.problems()
    said += [f"nothing is written: {problem}" for problem in problems]
    if not problems and before != after:
        proofs.FILE.write_text(after, "utf-8")
        said.append(f"{proofs.FILE} changed; `pytest tests/test_readme.py --update-goldens` updates README's table")
    if REQUIRED and (problems or before != after):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    if config.stash[SAID]:
        terminalreporter.section("proof")
        built, whole = config.stash[BUILT], time.monotonic() - config.stash[BEGUN]
        terminalreporter.write_line(
            f"building what was missing took {built:.0f} s (nothing, when it was built before); all of it {whole:.0f} s"
        )
        for line in config.stash[SAID]:
            terminalreporter.write_line(line)
