"""Counts the forms of secrets in the memory of a process: memory.py PID NAME=FILE...

For each NAME the file's bytes are looked for as they are; prints a JSON object of counts. Needs root.
"""

import json
import sys

pid = int(sys.argv[1])
needles = {}
for argument in sys.argv[2:]:
    name, _, path = argument.partition("=")
    needles[name] = open(path, "rb").read()
counts = dict.fromkeys(needles, 0)
with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
    for line in maps:
        span, rights = line.split()[:2]
        if "rw" not in rights:
            continue
        start, end = (int(number, 16) for number in span.split("-"))
        try:
            memory.seek(start)
            data = memory.read(end - start)
        except (OSError, ValueError, OverflowError):
            continue
        for name, needle in needles.items():
            counts[name] += data.count(needle)
print(json.dumps(counts))
