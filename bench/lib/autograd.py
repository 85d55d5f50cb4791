"""What bench/autograd.lua measures, in PyTorch."""
import time
import torch

torch.set_num_threads(1)
torch.manual_seed(1)


def best(f, rounds):
    least = 1e9
    for _ in range(rounds):
        t = time.perf_counter()
        f()
        least = min(least, time.perf_counter() - t)
    return least * 1e6


def chain(name, f):
    n = 100

    def run():
        x, y = torch.rand(10, requires_grad=True), torch.rand(10, requires_grad=True)
        z = x
        for _ in range(n):
            z = f(z, y)
        z.sum().backward()
    print('%-12s %8.3f us' % (name, best(run, 300) / n))


chain('add', lambda z, y: z + y)
chain('cmul', lambda z, y: z * y)
chain('tanh', lambda z, y: torch.tanh(z))
chain('mul', lambda z, y: z * 1.1)
chain('sigmoid', lambda z, y: torch.sigmoid(z))
chain('narrow', lambda z, y: z.narrow(0, 0, 10))
chain('view', lambda z, y: z.view(10))
chain('view, select', lambda z, y: z.view(1, 10).select(0, 0))
chain('expand, sum', lambda z, y: z.view(1, 10).expand(3, 10).sum(0, keepdim=True).view(10))
chain('mm', lambda z, y: torch.mm(z.reshape(1, 10), y.view(10, 1)).expand(1, 10))


def step(name, f, rounds):
    print('%-12s %8.1f us' % (name, best(f, rounds)))


X, T = torch.randn(32, 64), torch.randn(32, 10)
ps = [(torch.randn(64, 128) / 8).requires_grad_(), torch.zeros(1, 128, requires_grad=True),
      (torch.randn(128, 10) / 11).requires_grad_(), torch.zeros(1, 10, requires_grad=True)]


def mlp(w1, c1, w2, c2):
    d = torch.mm(torch.tanh(torch.mm(X, w1) + c1), w2) + c2 - T
    return (d * d).mean()


def mlp_step():
    for p in ps:
        p.grad = None
    mlp(*ps).backward()


step('mlp', mlp_step, 500)
n = 32
W = (torch.randn(2 * n, 4 * n) / 8).requires_grad_()
inputs = torch.randn(50, 4, n)


def lstm():
    W.grad = None
    h, c = torch.zeros(4, n), torch.zeros(4, n)
    for t in range(50):
        z = torch.mm(torch.cat([inputs[t], h], 1), W)
        i, f = torch.sigmoid(z.narrow(1, 0, n)), torch.sigmoid(z.narrow(1, n, n))
        o, g = torch.sigmoid(z.narrow(1, 2 * n, n)), torch.tanh(z.narrow(1, 3 * n, n))
        c = f * c + i * g
        h = o * torch.tanh(c)
    h.sum().backward()


step('lstm 50', lstm, 60)
vs = [torch.randn_like(p) for p in ps]


def hvp():
    g = torch.autograd.grad(mlp(*ps), ps, create_graph=True)
    return torch.autograd.grad(g, ps, vs)


step('hvp', hvp, 300)
