# terminal.py: run a command on a terminal of its own, and type for it.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""terminal.py TRANSCRIPT [AFTER KEYS]... -- COMMAND [ARGUMENT...]

Type KEYS (Python escapes) each time the text AFTER has appeared; write all that
appeared to TRANSCRIPT; exit as the command does.  The word "hang-up" for KEYS closes the
terminal.
"""

import codecs
import os
import pty
import select
import signal
import sys
import time

split = sys.argv.index("--")
transcript, script, command = sys.argv[1], sys.argv[2:split], sys.argv[split + 1:]
script = [(script[i].encode(), codecs.decode(script[i + 1], "unicode_escape").encode())
          for i in range(0, len(script), 2)]

pid, master = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    # Who started the tests in the background had these ignored; a terminal has not.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.execvp(command[0], command)

seen = b""
searched = 0
end = time.monotonic() + 600
while time.monotonic() < end:
    ready, _, _ = select.select([master], [], [], 0.2)
    if ready:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
    if script:
        place = seen.find(script[0][0], searched)
        if place >= 0:
            searched = place + len(script[0][0])
            keys = script.pop(0)[1]
            if keys == b"hang-up":
                os.close(master)
                break
            os.write(master, keys)
else:
    os.kill(pid, 9)
with open(transcript, "wb") as file:
    file.write(seen)
status = os.waitpid(pid, 0)[1]
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
