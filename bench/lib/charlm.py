"""The peer of examples/charlm.lua: the same nets, data, schedule and losses with PyTorch.
charlm.py TEXT lstm|transformer MINUTES [ITERATIONS] [THREADS] [EVERY] [compile]: iterations are how many steps at most,
0 any number; it looks at held-out text every so many seconds."""
import math
import sys
import time

import torch
from torch import nn


class LSTM(nn.Module):
    def __init__(self, vocabulary, width=128, layers=2):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, width, layers)
        self.out = nn.Linear(width, vocabulary)
        self.state = None

    def forward(self, x):
        y, state = self.lstm(self.embedding(x), self.state)
        self.state = tuple(s.detach() for s in state)
        return self.out(y).flatten(0, 1)


class Transformer(nn.Module):
    def __init__(self, vocabulary, width=128, layers=4, heads=4, context=64):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.position = nn.Parameter(torch.randn(context, width) * 0.02)
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, nn.LayerNorm(width), enable_nested_tensor=False)
        self.out = nn.Linear(width, vocabulary)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(context))
        with torch.no_grad():
            self.embedding.weight.mul_(0.02)

    def forward(self, x):
        n = x.size(1)
        y = self.embedding(x) + self.position[:n]
        return self.out(self.encoder(y, mask=self.mask[:n, :n], is_causal=True)).flatten(0, 1)


def streams(codes, batch, context):
    length = (len(codes) - 1) // batch
    x = codes[: batch * length].view(batch, length)
    y = codes[1 : batch * length + 1].view(batch, length)
    return [(x[:, i : i + context], y[:, i : i + context]) for i in range(0, length - context + 1, context)]


def main(path, kind, minutes, iterations=0, threads=2, every=30, compiled=""):
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    text = open(path, "rb").read()
    number = {b: i for i, b in enumerate(sorted(set(text)))}
    codes = torch.tensor([number[b] for b in text])
    held = len(codes) // 10
    training, validation = codes[:-held], codes[-held:]
    recurrent = kind == "lstm"
    batch, context, rate = (50, 50, 4e-3) if recurrent else (16, 64, 2e-3)
    net = (LSTM if recurrent else Transformer)(len(number))
    run = torch.compile(net) if compiled else net
    optimizer = torch.optim.AdamW(net.parameters(), rate, (0.9, 0.99), weight_decay=0.01)
    loss_of = nn.CrossEntropyLoss()

    def laid(x, y):
        return (x.t().contiguous(), y.t().reshape(-1)) if recurrent else (x.contiguous(), y.reshape(-1))

    def look():
        kept = getattr(net, "state", None)
        net.state = None
        with torch.no_grad():
            losses = [loss_of(net(laid(x, y)[0]), laid(x, y)[1]).item() for x, y in streams(validation, batch, context)]
        net.state = kept
        return sum(losses) / len(losses)

    print(kind, sum(p.numel() for p in net.parameters()), "parameters", flush=True)
    total, most, steps, looked, mean = float(minutes) * 60, int(iterations) or math.inf, 0, 0, None
    pieces, at = streams(training, batch, context), 0
    start = time.time()

    def report():
        print("%6.1f min %6.0f s of CPU %7d steps   training %.4f   held out %.4f"
              % ((time.time() - start) / 60, time.process_time(), steps, mean, look()), flush=True)

    while time.time() - start < total and steps < most:
        progress = max((time.time() - start) / total, steps / most)
        if recurrent:
            if at == len(pieces):
                at, net.state = 0, None
            x, y = pieces[at]
            at += 1
        else:
            places = torch.randint(len(training) - context, (batch,))
            x = torch.stack([training[p : p + context] for p in places])
            y = torch.stack([training[p + 1 : p + context + 1] for p in places])
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (steps + 1) / 100) * (0.05 + 0.95 * (1 + math.cos(math.pi * progress)) / 2)
        optimizer.zero_grad()
        x, y = laid(x, y)
        loss = loss_of(run(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1)
        optimizer.step()
        steps += 1
        mean = loss.item() if mean is None else 0.98 * mean + 0.02 * loss.item()
        spent = time.time() - start
        if spent - looked >= float(every):
            looked = spent
            report()
    report()


if __name__ == "__main__":
    main(*sys.argv[1:])
