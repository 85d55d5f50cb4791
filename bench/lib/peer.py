"""The peer: PyTorch in a process of its own. Reads lines "n<TAB>hex(setup)<TAB>hex(code)<TAB>hex(end)", runs
the code n times after the setup, then the end, answers the seconds on a line. First line read: number of threads."""
import sys
import time

import torch

torch.set_num_threads(int(sys.stdin.readline()))
torch.set_grad_enabled(False)
print(torch.__version__, flush=True)
known = {}
for line in sys.stdin:
    n, setup, code, end = line.rstrip("\n").split("\t")
    key = (setup, code, end)
    if key not in known:
        if len(known) == 2:  # a case and its compiled twin take turns
            known.clear()
        space = {"torch": torch}
        exec(bytes.fromhex(setup).decode(), space)
        body = "\n      ".join(bytes.fromhex(code).decode().split("\n"))
        last = bytes.fromhex(end).decode() or "pass"
        exec("def run(n):\n   for _ in range(n):\n      " + body + "\n   " + last, space)
        known[key] = space["run"]
    start = time.perf_counter()
    known[key](int(n))
    print(repr(time.perf_counter() - start), flush=True)
