"""Runs checkov once for each line, which lists its arguments, and answers with its status and what it printed.

Each run is a process of its own, forked when checkov is loaded: that takes several times as long as to judge a bundle.
Runs in checkov's own environment, and may import nothing of ours.
"""

import json
import os
import sys
import tempfile
import traceback

from checkov.main import Checkov


def run(arguments):
    """Return the status of a run, and what it printed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = os.fork()
        if not child:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(out.fileno(), 1)
            os.dup2(errors.fileno(), 2)
            become(arguments)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = []
        for file in (out, errors):
            file.seek(0)
            texts.append(file.read().decode())
        return [status, *texts]


def become(arguments):
    """Be a run, to its end."""
    status = 2
    try:
        sys.argv[1:] = arguments
        status = Checkov(arguments).run() or 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else bool(error.code)
    except BaseException:  # noqa: BLE001  whatever it is, it must not come back to where lines are read
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
