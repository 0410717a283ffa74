"""The contained process: reads questions from standard input, answers on standard output, and can open nothing else.

Started by `process` alone, as `main(limits as JSON)`. May import: limits, skeleton, blueprint_checks, expressions,
render, errors.
"""

from __future__ import annotations

import codecs
import signal
import sys
from typing import Any

import jinja2.debug  # noqa: F401  what Jinja imports where a template fails: later, no file can be opened
import msgspec
from jinja2 import DictLoader, Environment

from scaffold.blueprint_checks import check
from scaffold.contained.limits import Checked, Limits, Reply, Request
from scaffold.contained.skeleton import render_skeleton
from scaffold.expressions import compiler, inside
from scaffold.render.environment import FOLDER, PARTIALS, InProcess, strict

_LONGEST = 600


def main(words: str) -> None:
    """Answer until standard input ends."""
    limits = msgspec.json.decode(words, type=Limits)
    answers = _Answers()
    _confine(limits)
    for line in sys.stdin.buffer:
        signal.setitimer(signal.ITIMER_PROF, limits.cpu)  # whose signal ends the process
        reply = msgspec.json.encode(_reply(answers, line))
        if len(reply) > limits.reply:
            reply = msgspec.json.encode(Reply(error=f"makes more than {limits.reply} bytes at once"))
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.buffer.write(reply + b"\n")
        sys.stdout.buffer.flush()


def _confine(limits: Limits) -> None:
    """Give up what is not needed any more: files, sockets, processes, and most of the memory and time."""
    import resource  # noqa: PLC0415  not on every system that can import this module

    for codec in ("utf-8-sig", "unicode_escape"):
        codecs.lookup(codec)  # those with which YAML and Jinja's strings are read are read from files themselves
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.total, limits.total))
    for none in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE):
        resource.setrlimit(none, (0, 0))


def _reply(answers: _Answers, line: bytes) -> Reply:
    try:
        value = answers.answer(msgspec.json.decode(line, type=Request))
        return Reply(msgspec.Raw(msgspec.json.encode(value)))
    except MemoryError:
        return Reply(error="takes more memory than there is for it")
    except Exception as error:  # noqa: BLE001  whatever it is, it is the blueprint's, and said as that
        said = f"{error}" or type(error).__name__
        return Reply(error=said[:_LONGEST])


class _Answers:
    """What is known of each blueprint."""

    def __init__(self) -> None:
        self._compiled = compiler()
        self._environments: dict[str, Environment] = {}

    def answer(self, asked: Request) -> Any:
        """Return what is asked for."""
        match asked.do:
            case "load":
                self._load(asked)
                return None
            case "check":
                return self._check(asked)
            case "evaluate":
                [expression] = inside(self._compiled(asked.text))
                return expression.evaluate(msgspec.json.decode(asked.scope))
            case "skeleton":
                return render_skeleton(asked.parts, msgspec.json.decode(asked.scope))
            case "name":
                return InProcess(self._environments[asked.of]).name(asked.text, msgspec.json.decode(asked.scope))
            case _:
                return InProcess(self._environments[asked.of]).body(asked.text, msgspec.json.decode(asked.scope))

    def _load(self, asked: Request) -> Environment:
        """Make the environment of a blueprint; of a part and a template of one name, the template is meant."""
        texts = {
            path.removeprefix(f"{top}/"): data.decode("utf-8", "replace")
            for top in (PARTIALS, FOLDER)
            for path, data in asked.parts.items()
            if path.startswith(f"{top}/")
        }
        self._environments[asked.of] = made = strict(DictLoader(texts))
        return made

    def _check(self, asked: Request) -> Checked:
        description, problems = check(asked.parts, asked.text, self._load(asked), self._compiled)
        found = [(*problem.place, problem.message[:_LONGEST], problem.remedy[:_LONGEST]) for problem in problems]
        return Checked(description, found[:200])
