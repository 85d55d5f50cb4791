"""The peer's nets: the same as nets.lua. As a program: nets.py NET BATCH THREADS GO SECONDS takes training steps
for so many seconds, once the file GO exists, and prints how many a second; nets.py --peak NET BATCH THREADS prints the
peak of resident memory in bytes after ten steps, and what was resident before the net was made; nets.py --compile
THREADS takes a step of every net by torch.compile, whose code is then in its cache."""
import os
import sys
import time

import torch
from torch import nn


def mlp(batch):
    net = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10),
                        nn.LogSoftmax(1))
    return net, torch.rand(batch, 784)


def lenet(batch):
    net = nn.Sequential(nn.Conv2d(1, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 5), nn.ReLU(),
                        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 128), nn.ReLU(), nn.Linear(128, 10),
                        nn.LogSoftmax(1))
    return net, torch.rand(batch, 1, 28, 28)


def convbn(batch):
    net = nn.Sequential(nn.Conv2d(64, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.AvgPool2d(32),
                        nn.Flatten(), nn.LogSoftmax(1))
    return net, torch.rand(batch, 64, 32, 32)


def conv(nin, nout, k, stride):
    return [nn.Conv2d(nin, nout, k, stride, (k - 1) // 2, bias=False), nn.BatchNorm2d(nout)]


class Residual(nn.Module):
    def __init__(self, nin, nout, stride):
        super().__init__()
        self.body = nn.Sequential(*conv(nin, nout, 3, stride), nn.ReLU(True), *conv(nout, nout, 3, 1))
        self.short = nn.Identity() if nin == nout else nn.Sequential(*conv(nin, nout, 1, stride))

    def forward(self, x):
        return torch.relu_(self.body(x) + self.short(x))


def resnet20(batch):
    layers = conv(3, 16, 3, 1) + [nn.ReLU(True)]
    nin = 16
    for stage, nout in enumerate((16, 32, 64)):
        for block in range(3):
            layers.append(Residual(nin, nout, 2 if stage and not block else 1))
            nin = nout
    layers += [nn.AvgPool2d(8), nn.Flatten(), nn.Linear(64, 10), nn.LogSoftmax(1)]
    return nn.Sequential(*layers), torch.rand(batch, 3, 32, 32)


class Bottleneck(nn.Module):
    def __init__(self, nin, width, stride):
        super().__init__()
        self.body = nn.Sequential(*conv(nin, width, 1, 1), nn.ReLU(True), *conv(width, width, 3, stride), nn.ReLU(True),
                                  *conv(width, 4 * width, 1, 1))
        self.short = nn.Identity() if nin == 4 * width else nn.Sequential(*conv(nin, 4 * width, 1, stride))

    def forward(self, x):
        return torch.relu_(self.body(x) + self.short(x))


def resnet50(batch):
    layers = conv(3, 64, 7, 2) + [nn.ReLU(True), nn.MaxPool2d(3, 2, 1)]
    nin = 64
    for stage, blocks in enumerate((3, 4, 6, 3)):
        width = 64 << stage
        for block in range(blocks):
            layers.append(Bottleneck(nin, width, 2 if stage and not block else 1))
            nin = 4 * width
    layers += [nn.AvgPool2d(7), nn.Flatten(), nn.Linear(2048, 1000), nn.LogSoftmax(1)]
    return nn.Sequential(*layers), torch.rand(batch, 3, 224, 224)


def small(batch):
    net = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
    return net, torch.rand(batch, 10), torch.rand(batch, 1), nn.functional.mse_loss


CHARACTERS, WIDTH = 65, 128


class Characters(nn.Module):
    """Scores of the next character, a row for each, by a body between embedding and scores."""

    def __init__(self, body):
        super().__init__()
        self.embedding, self.body, self.out = nn.Embedding(CHARACTERS, WIDTH), body, nn.Linear(WIDTH, CHARACTERS)

    def forward(self, x):
        y = self.body(self.embedding(x))
        y = y[0] if isinstance(y, tuple) else y
        return torch.log_softmax(self.out(y).flatten(0, 1), 1)


class Body(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(WIDTH, 4, 4 * WIDTH, 0.0, "gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 4, nn.LayerNorm(WIDTH), enable_nested_tensor=False)
        self.position = nn.Parameter(torch.randn(64, WIDTH))
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(64))

    def forward(self, x):
        return self.encoder(x + self.position, mask=self.mask, is_causal=True)


def lstm(batch):
    x = torch.randint(CHARACTERS, (50, batch))
    return Characters(nn.LSTM(WIDTH, WIDTH, 2)), x, x.flatten()


def transformer(batch):
    x = torch.randint(CHARACTERS, (batch, 64))
    return Characters(Body()), x, x.flatten()


def step(name, batch, device="cpu", compiled=False, wrap=None):
    """A function that takes one training step."""
    with torch.enable_grad():
        net, x, *rest = globals()[name](batch)
        net, x = net.to(device), x.to(device)
    target = rest[0].to(device) if rest else torch.arange(batch, device=device) % 10
    loss = rest[1] if len(rest) > 1 else nn.functional.nll_loss
    net = wrap(net) if wrap else net
    run_net = torch.compile(net) if compiled else net
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

    def run():
        with torch.enable_grad():
            optimizer.zero_grad(set_to_none=False)
            loss(run_net(x), target).backward()
        optimizer.step()

    return run


def main(name, batch, threads, go, seconds):
    torch.set_num_threads(int(threads))
    run = step(name, int(batch))
    for _ in range(3):
        run()
    print("ready", flush=True)
    while not os.path.exists(go):
        time.sleep(0.001)
    start, done = time.time(), 0
    while time.time() < start + float(seconds):
        run()
        done += 1
    print(done / (time.time() - start))


def resident(key):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(key + ":"))


def peak(name, batch, threads):
    torch.set_num_threads(int(threads))
    before = resident("VmRSS")
    run = step(name, int(batch))
    for _ in range(10):
        run()
    print(resident("VmHWM"), before)


def compile_all(threads):
    torch.set_num_threads(int(threads))
    for name, batch in ("mlp", 64), ("small", 16), ("lenet", 64), ("resnet20", 32), ("lstm", 50), ("transformer", 16):
        start = time.time()
        step(name, batch, compiled=True)()
        print("%s: %.0f s" % (name, time.time() - start), flush=True)


if __name__ == "__main__":
    {"--peak": peak, "--compile": compile_all}.get(sys.argv[1], main)(*sys.argv[2 if sys.argv[1].startswith("--") else 1:])
