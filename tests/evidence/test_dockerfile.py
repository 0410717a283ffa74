"""Dockerfiles: what the image that is built says of itself, and where."""

import pytest
from evidence.gather import looked, spelled, told

# What stands in a Dockerfile, and what is found: path below spec, value and line.
FOUND = {
    "one port": ("FROM a\nUSER 1000\nEXPOSE 8080\n", {"ports.http.port": "8080 Dockerfile:3", "security.user": "1000 Dockerfile:2"}),
    "ports with protocols, and a range": (
        "FROM a\nUSER 1:2\nexpose 9090/TCP 53/udp 5000-5005/tcp 9/sctp\n",
        {
            "ports.metrics.port": "9090 Dockerfile:3", "ports.udp-53.port": "53 Dockerfile:3", "ports.udp-53.protocol": "udp Dockerfile:3",
            "ports.tcp-5000.port": "5000 Dockerfile:3", "ports.tcp-5000.endPort": "5005 Dockerfile:3", "ports.sctp-9.port": "9 Dockerfile:3",
            "ports.sctp-9.protocol": "sctp Dockerfile:3", "security.user": "1 Dockerfile:2", "security.group": "2 Dockerfile:2",
        },
    ),
    "only the last stage": ("FROM a AS build\nEXPOSE 1\nUSER 0\nFROM b\nUSER 7\nEXPOSE 3000\n", {"ports.http.port": "3000 Dockerfile:6", "security.user": "7 Dockerfile:5"}),
    "what a stage is built on": (
        "ARG ON=base\nFROM a AS base\nENV PORT=4000\nUSER 5\nFROM c AS d\nFROM ${ON}\nEXPOSE $PORT\n",
        {"ports.http.port": "4000 Dockerfile:7", "security.user": "5 Dockerfile:4"},
    ),
    "arguments and their defaults": (
        "ARG A=3000\nFROM a\nARG A\nARG B=${A:-1}\nENV C=${D:-${B}} E=${A:+5000}\nEXPOSE ${C} $E \"80\"'80'\nUSER ${Q-9}\n",
        {"ports.http.port": "3000 Dockerfile:6", "ports.http-5000.port": "5000 Dockerfile:6", "ports.http-8080.port": "8080 Dockerfile:6", "security.user": "9 Dockerfile:7"},
    ),
    "an argument that the stage does not ask for": ("ARG A=3000\nFROM a\nUSER 7\nEXPOSE ${A:-4000}\n", {"ports.http.port": "4000 Dockerfile:4", "security.user": "7 Dockerfile:3"}),
    "ENV in the old form": ("FROM a\nENV PORT 8000\nEXPOSE $PORT\nUSER 7\n", {"ports.http.port": "8000 Dockerfile:3", "security.user": "7 Dockerfile:4"}),
    "one instruction's variables do not see each other": ("FROM a\nENV A=3000\nENV A=1 B=$A\nEXPOSE $B\nUSER 7", {"ports.http.port": "3000 Dockerfile:4", "security.user": "7 Dockerfile:5"}),
    "continued lines, with a comment between": ("FROM a\nEXPOSE \\\n # no\n\n 8080 \\ \n  9090\nUSER 7", {"ports.http.port": "8080 Dockerfile:2", "ports.metrics.port": "9090 Dockerfile:2", "security.user": "7 Dockerfile:7"}),
    "another escape": ("# escape=`\nFROM a\nEXPOSE `\n 8080\nUSER 7", {"ports.http.port": "8080 Dockerfile:3", "security.user": "7 Dockerfile:5"}),
    "no directive behind a comment": ("# x\n# escape=`\nFROM a\nEXPOSE \\\n 8080\nUSER 7", {"ports.http.port": "8080 Dockerfile:4", "security.user": "7 Dockerfile:6"}),
    "heredocs are not read": ("FROM a\nRUN <<A cat <<-'B'\nEXPOSE 1\nA\nEXPOSE 2\n\tB\nCOPY <<C /x\nUSER 3\nC\nUSER 7\n", {"security.user": "7 Dockerfile:10"}),
    "a user that is made there": ("FROM a\nARG UID=1500\nRUN addgroup -S app && adduser -S -u $UID app; echo\nUSER app", {"security.user": "1500 Dockerfile:3"}),
    "health over HTTP": (
        "FROM a\nUSER 7\nEXPOSE 9090 8080\nHEALTHCHECK --interval=5s CMD wget -qO- http://127.0.0.1:8080/readyz?a=1 || exit 1\n",
        {
            "ports.metrics.port": "9090 Dockerfile:3", "ports.http.port": "8080 Dockerfile:3", "ports.http.protocol": "http Dockerfile:4",
            "health.ready.http": "/readyz?a=1 Dockerfile:4", "health.ready.port": "http Dockerfile:4", "security.user": "7 Dockerfile:2",
        },
    ),
    "health of a port that nobody names": (
        "FROM a\nUSER 7\nHEALTHCHECK CMD curl localhost:1234/x\n",
        {"ports.tcp-1234.port": "1234 Dockerfile:3", "ports.tcp-1234.protocol": "http Dockerfile:3", "health.ready.http": "/x Dockerfile:3", "security.user": "7 Dockerfile:2"},
    ),
    "health by a command": (
        'FROM a\nUSER 7\nHEALTHCHECK CMD ["/app", "check"]\n',
        {"health.ready.exec.0": "/app Dockerfile:3", "health.ready.exec.1": "check Dockerfile:3", "security.user": "7 Dockerfile:2"},
    ),
    "health by a shell": (
        "FROM a\nUSER 7\nHEALTHCHECK NONE\nHEALTHCHECK CMD pg_isready -U $USER\n",
        {"health.ready.exec.0": "/bin/sh Dockerfile:4", "health.ready.exec.1": "-c Dockerfile:4", "health.ready.exec.2": "pg_isready -U $USER Dockerfile:4", "security.user": "7 Dockerfile:2"},
    ),
    "no health": ("FROM a\nUSER 7\nHEALTHCHECK CMD x\nHEALTHCHECK NONE\n", {"security.user": "7 Dockerfile:2"}),
    "directories": (
        'FROM a\nUSER 7\nVOLUME ["/data", "/var/lib/x"]\nVOLUME /c /d/\n',
        {
            "security.writable./tmp": "64Mi", "security.writable./data": "64Mi Dockerfile:3", "security.writable./var/lib/x": "64Mi Dockerfile:3",
            "security.writable./c": "64Mi Dockerfile:4", "security.writable./d": "64Mi Dockerfile:4", "security.user": "7 Dockerfile:2",
        },
    ),
    "a secret's name, never its value": ("FROM a\nUSER 7\nENV API_TOKEN=s3cr3t LEVEL=info\n", {"secrets.api-token.env": "API_TOKEN Dockerfile:3", "security.user": "7 Dockerfile:2"}),
}  # fmt: skip


@pytest.mark.parametrize(("text", "found"), FOUND.values(), ids=FOUND)
def test_what_a_dockerfile_says_is_found_with_its_line(tmp_path, text, found):
    gathered = looked(tmp_path, {"Dockerfile": text})
    assert {
        path: value for path, value in spelled(gathered, tmp_path).items() if not path.startswith("metadata")
    } == found


LEFT = {
    "root": ("FROM a\nUSER root\n", "Dockerfile:2: it runs as root"),
    "root by its number": ("FROM a\nUSER 7\nUSER 0:0\n", "Dockerfile:3: it runs as root"),
    "no user": ("FROM a\nEXPOSE 8080\n", "Dockerfile:1: no USER"),
    "a name": ("FROM a\nUSER app:app\n", 'Dockerfile:2: the user "app" is a name'),
    "a user that is not known": ("FROM a\nARG U\nUSER $U\n", "Dockerfile:3: USER is known when the image is built"),
    "a port that is not known": ("FROM a\nUSER 7\nEXPOSE $PORT\n", "Dockerfile:3: EXPOSE of a port"),
    "a variable that grows": ("FROM a\nUSER 7\nENV A=1234567890\n" + "ENV A=$A$A\n" * 40 + "EXPOSE $A\n", "Dockerfile:44: EXPOSE of a port"),
    "no port": ("FROM a\nUSER 7\nEXPOSE 70000\n", "Dockerfile:3: EXPOSE of no port"),
    "a secret in the image": ("FROM a\nUSER 7\nENV API_TOKEN=x\n", 'Dockerfile:3: ENV "API_TOKEN" looks like a secret'),
    "no stage": ("RUN x\n", "Dockerfile:1: no stage"),
    "a secret in a health check": ("FROM a\nUSER 7\nHEALTHCHECK CMD redis-cli --pass s3cr3t ping\n", "Dockerfile:3: the health check has a secret"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "why"), LEFT.values(), ids=LEFT)
def test_what_cannot_be_carried_over_is_told(tmp_path, text, why):
    gathered = looked(tmp_path, {"Dockerfile": text})
    assert [one for one in told(gathered, tmp_path) if one.startswith(why)], told(gathered, tmp_path)
    assert all(problem.remedy for problem in gathered.left)
    assert "s3cr3t" not in repr(gathered)


def test_a_user_that_an_image_is_known_for_is_a_proposal(tmp_path):
    gathered = looked(tmp_path, {"Dockerfile": "FROM node:22\nUSER node\n"})
    assert [(one.path[-1], one.value, one.place.line) for one in gathered.proposals] == [("user", 1000, 2)]
