"""The peer of bench/dist.lua: ddp.py NET BATCH SECONDS starts two processes of one thread each, which train on BATCH samples
apiece by DistributedDataParallel over gloo, and prints steps a second."""
import os
import sys
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

import nets


def worker(rank, name, batch, seconds, port):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=port)
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[rank % len(cores)]})  # as mpirun does
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=2)
    run = nets.step(name, batch, wrap=torch.nn.parallel.DistributedDataParallel)
    for _ in range(3):
        run()
    start = time.time()
    for _ in range(3):
        run()
    n = torch.tensor([max(3, int(3 * seconds / (time.time() - start)))])
    dist.broadcast(n, 0)
    start = time.time()
    for _ in range(int(n)):
        run()
    if rank == 0:
        print(int(n) / (time.time() - start))
    dist.destroy_process_group()


if __name__ == "__main__":
    name, batch, seconds = sys.argv[1:]
    port = str(20000 + os.getpid() % 20000)
    mp.spawn(worker, (name, int(batch), float(seconds), port), nprocs=2)
