package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'
local rows = require 'rows'

-- Factorisations and solutions of n x n doubles; the same matrices on both sides (a symmetric positive definite one).

local L = 'local a = torch.range(1, @ * @):mul(0.7310585):sin():resize(@, @) local s = torch.mm(a, a:t()):add(torch.eye(@):mul(@)) local b = a:narrow(2, 1, 3):clone() '
local P = 'a = torch.sin(torch.arange(1, @ * @ + 1, dtype=torch.double) * 0.7310585).reshape(@, @)\n'
   .. 's = a.matmul(a.t()) + @ * torch.eye(@, dtype=torch.double)\nb = a[:, :3].clone()'

bench.run('LAPACK, doubles', rows({
   {'gesv @', L, 'torch.gesv(b, s)', P, 'torch.linalg.solve(s, b)'},
   {'inverse @', L, 'torch.inverse(s)', P, 'torch.inverse(s)'},
   {'potrf @', L, 'torch.potrf(s, "L")', P, 'torch.linalg.cholesky(s)'},
   {'symeig @, vectors', L, 'torch.symeig(s, "V")', P, 'torch.linalg.eigh(s)'},
   {'symeig @, values', L, 'torch.symeig(s, "N")', P, 'torch.linalg.eigvalsh(s)'},
   {'eig @, vectors', L, 'torch.eig(a, "V")', P, 'torch.linalg.eig(a)'},
   {'svd @', L, 'torch.svd(a)', P, 'torch.linalg.svd(a, full_matrices=False)'},
   {'qr @', L, 'torch.qr(a)', P, 'torch.linalg.qr(a)'},
   {'gels @', L, 'torch.gels(b, s)', P, 'torch.linalg.lstsq(s, b)'},
}, {5, 50, 300}))
