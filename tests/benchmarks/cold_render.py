"""How long does a cold render take, next to stock cookiecutter rendering 16 files? Prints medians and their ratio.

    python tests/benchmarks/cold_render.py [RUNS]

Both are whole processes, run in turn, so that the ratio holds on a noisy machine. CPU seconds are the children's own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ cookiecutter.name }}-NUMBER
  labels:
    app.kubernetes.io/name: {{ cookiecutter.name }}
data:
{% for word in ["one", "two", "three"] %}
  {{ word }}: {{ cookiecutter.name }}
{% endfor %}
"""


def cpu(command: list[str], env: dict[str, str]) -> float:
    """Run a command and return the CPU seconds (user and system) that it took."""
    before = os.times()
    subprocess.run(command, check=True, capture_output=True, env=env)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main(runs: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        body = work / "template" / "{{cookiecutter.name}}"
        body.mkdir(parents=True)
        (work / "template" / "cookiecutter.json").write_text('{"name": "example"}')
        for number in range(16):
            (body / f"file-{number}.yaml").write_text(TEMPLATE.replace("NUMBER", str(number)))
        (work / "config.yaml").write_text(f"replay_dir: {work}/replay\ncookiecutters_dir: {work}/cookiecutters\n")
        peer = [
            sys.executable,
            "-m",
            "cookiecutter",
            str(work / "template"),
            "--no-input",
            "-f",
            "-o",
            str(work / "peer"),
        ]
        peer += ["--config-file", str(work / "config.yaml")]
        ours = [
            sys.executable,
            "-m",
            "scaffold",
            "render",
            "-f",
            str(ROOT / "examples/minimal"),
            "-o",
            str(work / "ours"),
        ]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        warm, cold = {**env, "SCAFFOLD_CACHE": str(work / "cache")}, {**env, "SCAFFOLD_CACHE": ""}
        version = [sys.executable, "-m", "scaffold", "--version"]
        commands = {
            "start": (version, env),
            "cookiecutter": (peer, env),
            "cached": (ours, warm),
            "no cache": (ours, cold),
        }
        taken: dict[str, list[float]] = {key: [] for key in commands}
        for number in range(runs + 1):
            for key, (command, its_env) in commands.items():
                shutil.rmtree(work / "ours", ignore_errors=True)
                seconds = cpu(command, its_env)
                if number:  # the first round fills caches
                    taken[key].append(seconds)
        for key, seconds in taken.items():
            ratio = median(a / b for a, b in zip(seconds, taken["cookiecutter"], strict=True))
            print(f"{key:<13} {median(seconds):.3f} s CPU   {ratio:.2f} of cookiecutter")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
