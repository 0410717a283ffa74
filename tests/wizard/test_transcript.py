"""The recorded sitting of `examples/wizard`: Enter on every question, each screen as it was seen, and what was written."""

import shutil

from harness import ROOT
from terminal import ENTER, Terminal

EXAMPLE = ROOT / "examples/wizard"
QUESTIONS = (
    "What kind of service is it?",
    "What is it called?",
    "Which namespace does it live in?",
    "Which image runs?",
    "Where does it listen, and what does it speak?",
    "Which HTTP path says that it is ready?",
    "Who calls it?",
    "What does it call?",
    "Which secrets does it read, and from where?",
    "Where do secrets lie?",
    "Is it right?",
)
RULE = "=" * 80


def test_a_dockerfile_and_a_compose_file_become_a_bundle_by_enter_alone(installed, tmp_path, golden):
    assert len(QUESTIONS) - 1 < 12
    folder = tmp_path / "orders"
    shutil.copytree(EXAMPLE / "orders", folder)
    env = {**installed, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TERM": "xterm", "NO_COLOR": "1"}
    terminal = Terminal(folder, env, "new", rows=62)
    screens = ["$ scaffold new"]
    for question in QUESTIONS:
        terminal.until(question, "Ctrl-C keeps a draft")
        screens.append(terminal.settled())
        terminal.send(ENTER)
    assert terminal.end() == 0
    screens.append(terminal.text)
    golden(EXAMPLE / "transcript.txt", f"\n{RULE}\n".join(screens) + "\n")
    for name in ("app.yaml", "platform.yaml"):
        golden(EXAMPLE / name, (folder / name).read_text())
    assert (folder / "deploy/apps/orders/orders/base/deployment.yaml").exists()
