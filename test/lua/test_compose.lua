--- isnan, isinf, isfinite, argmax, argmin, where, einsum: operations made of others.
require 'torch'
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
local eq, ok = check.eq, check.ok
local T = torch.Tensor
local function raises(f, pattern, what) check.error(f, pattern, what) end
local function list(x) return torch.isTensor(x) and x:totable() or x end

-- ---- what numbers are ----

for _, class in ipairs{'FloatTensor', 'DoubleTensor'} do
   local x = torch[class]{1, 0 / 0, 1 / 0, -1 / 0, 0}
   eq({list(torch.isnan(x)), list(x:isinf()), list(torch.isfinite(x))}, {{0, 1, 0, 0, 0}, {0, 0, 1, 1, 0}, {1, 0, 0, 0, 1}}, class)
   eq(torch.type(x:isnan()), 'torch.ByteTensor', class .. ': a mask')
end
eq({list(torch.isnan(torch.IntTensor{1, 2})), list(torch.isfinite(torch.IntTensor{1, 2})), list(torch.isinf(torch.LongTensor{1, 2}))},
   {{0, 0}, {1, 1}, {0, 0}}, 'integers')
for _, class in ipairs{'ByteTensor', 'CharTensor', 'ShortTensor', 'IntTensor', 'LongTensor'} do
   eq(list(torch.isinf(torch[class]{0, 1, 127})), {0, 0, 0}, class .. ': no integer is infinite')
end
raises(function() torch.isnan(3) end, 'isnan: argument #1 %(x%)', 'a number is no tensor')

-- ---- where the largest is ----

local m = T{{1, 5, 2}, {7, 0, 3}}
eq({m:argmax(), m:argmin(), list(torch.argmax(m, 1)), list(m:argmin(2))}, {4, 5, {{2, 1, 2}}, {{1}, {2}}}, 'positions')
eq({m:t():argmax(), T{1, 0 / 0, 3}:argmax()}, {2, 2}, 'of a transposed view, and of NaN')
raises(function() m:argmax(3) end, 'argmax: argument #1 %(d%): dimension 3 out of range of 2D tensor', 'no such dimension')
raises(function() torch.argmin(T()) end, 'argmin: argument #1 %(x%)', 'nothing there')

-- ---- one or the other ----

local mask = torch.ByteTensor{1, 0, 1}
eq({list(torch.where(mask, T{1, 2, 3}, T{4, 5, 6})), list(mask:where(T{1, 2, 3}, 0)), list(torch.where(mask, 7, T{4, 5, 6})), list(torch.where(mask, 1, 2))},
   {{1, 5, 3}, {1, 0, 3}, {7, 5, 7}, {1, 2, 1}}, 'tensors and numbers')
eq(list(torch.where(mask, T{{1}, {2}}, T{{-1, -2, -3}})), {{1, -2, 1}, {2, -2, 2}}, 'sizes of 1 repeat')
eq(list(torch.where(torch.ByteTensor{{1}, {0}}, T{1, 2}, T{3, 4})), {{1, 2}, {3, 4}}, 'missing dimensions are in front')
eq(list(torch.where(mask, T{0 / 0, 1, 1}:narrow(1, 2, 2):sum() * T{1, 1, 1}, T{1 / 0, 1 / 0, 5})), {2, 1 / 0, 2}, 'what is not taken does not count')
ok(torch.where(mask:type('torch.BoolTensor'), torch.IntTensor{1, 2, 3}, 9):equal(torch.IntTensor{1, 9, 3}), 'a BoolTensor, integers')
raises(function() torch.where(mask, T{1, 2}, T{1, 2, 3}) end, 'where: argument #2 %(x%): sizes that fit', 'sizes that do not fit')
raises(function() torch.where(T{1, 0}, 1, 2) end, 'where: argument #1 %(m%)', 'a mask is no numbers')

-- ---- sums of products ----

do
   local x = torch.ones(2, 2)
   for _, equation in ipairs{'ij->ij', 'ij->ji', 'ii->i'} do torch.einsum(equation, x):zero() end
   eq(list(x), {{1, 1}, {1, 1}}, 'results have memory of their own')
end

torch.manualSeed(1)
local function near(a, b, what) ok(a:isSameSizeAs(b) and (a - b):abs():max() < 1e-10, what) end
local A, B, C, v = torch.randn(3, 4), torch.randn(4, 5), torch.randn(3, 4), torch.randn(4)
local X, Y, S = torch.randn(2, 3, 4), torch.randn(2, 4, 5), torch.randn(4, 4)
near(torch.einsum('ij,jk->ik', A, B), A * B, 'product')
near(torch.einsum('ij,jk', A, B), A * B, 'product, without an arrow')
near(torch.einsum('ij,jk->ki', A, B), (A * B):t():contiguous(), 'product, transposed')
near(torch.einsum('ij , j -> i', A, v), A * v, 'matrix and vector')
near(torch.einsum('ij->ji', A), A:t():contiguous(), 'transposed')
near(torch.einsum('ij->i', A), A:sum(2):select(2, 1), 'sum along a dimension')
near(torch.einsum('ij->', A), T{A:sum()}, 'sum')
near(torch.einsum('ij,ij->', A, C), T{A:dot(C)}, 'inner product')
near(torch.einsum('ij,ij->ij', A, C), torch.cmul(A, C), 'elementwise')
near(torch.einsum('i,j->ij', v, v), torch.ger(v, v), 'outer product')
near(torch.einsum('bij,bjk->bik', X, Y), torch.bmm(X, Y), 'batches')
near(torch.einsum('ii->i', S), S:diag(), 'diagonal')
near(torch.einsum('ii', S), T{S:diag():sum()}, 'trace')
near(torch.einsum('ij,jk,k->i', A, B, torch.ones(5)), (A * B):sum(2):select(2, 1), 'three operands')
near(torch.einsum('bij,kj->bik', X, B:t()), torch.bmm(X, B:view(1, 4, 5):expand(2, 4, 5)), 'a batch and a matrix')
near(torch.einsum('i->i', v), v, 'nothing to do')
ok(torch.einsum('i->i', v):storage() ~= v:storage(), 'the result is its own')
raises(function() torch.einsum('ij,jk', A) end, "einsum: argument #1 %(equation%): .*2 operands, but 1 tensors", 'a tensor is missing')
raises(function() torch.einsum('ij,jk', A, A) end, 'einsum: argument #3 %(x2%): dimension 1: j has size 4, got 3', 'sizes that do not fit')
raises(function() torch.einsum('i', A) end, 'einsum: argument #2 %(x1%): 1 dimensions expected, got 2', 'wrong dimensions')
raises(function() torch.einsum('i->j', v) end, 'j is in no operand', 'a letter from nowhere')
raises(function() torch.einsum('i->ii', v) end, 'i comes twice in the result', 'a letter twice')
raises(function() torch.einsum('...i', v) end, 'letters expected', 'dots')
raises(function() torch.einsum(A) end, 'einsum: argument #1 %(equation%)', 'no equation')

-- ---- gradients ----

do
   local x, y = torch.randn(3):requiresGrad(), torch.randn(3):requiresGrad()
   torch.where(mask, x, y):sum():backward()
   eq({list(x:grad()), list(y:grad())}, {{1, 0, 1}, {0, 1, 0}}, 'where')
   local a, b = torch.randn(3, 4):requiresGrad(), torch.randn(4, 5):requiresGrad()
   torch.einsum('ij,jk->ik', a, b):sum():backward()
   near(a:grad(), b:detach():sum(2):view(1, 4):expand(3, 4), 'einsum: of the left')
   near(b:grad(), a:detach():sum(1):view(4, 1):expand(4, 5), 'einsum: of the right')
   local z = T{0.3, -2}:requiresGrad()
   torch.erf(z):sum():backward()
   near(z:grad(), torch.exp(-torch.cmul(z:detach(), z:detach())) * (2 / math.sqrt(math.pi)), 'erf')
end

do -- where: what does not fit
   local m, D, F = torch.ByteTensor{1, 0}, T{1, 2}, torch.FloatTensor{1, 2}
   for _, c in ipairs{
      {torch.ByteTensor{2, 0}, D, D, 'where: argument #1 %(m%): a mask of zeros and ones expected, got one with 2'},
      {torch.ByteTensor{2, 0}, D, 7, 'where: argument #1 %(m%): a mask of zeros and ones'}, {torch.ByteTensor{2, 0}, 7, 8, 'where: argument #1 %(m%): a mask of zeros and ones'},
      {m, F, D, 'where: argument #3 %(y%): torch.FloatTensor expected, as x, got torch.DoubleTensor; y:float%(%) converts it'},
      {m, T{}, D, 'where: argument #2 %(x%): sizes that fit those of m %[2%] expected, got torch.DoubleTensor without elements'},
      {m, 1, T{}, 'where: argument #3 %(y%): sizes that fit'}, {torch.ByteTensor(), D, 1, 'where: argument #2 %(x%): sizes that fit those of m %[%]'},
   } do
      check.error(function() torch.where(c[1], c[2], c[3]) end, c[4], c[4])
   end
   for _, c in ipairs{{T{}, T{}}, {T{}, 1}, {1, T{}}, {1, 2}} do
      local r = torch.where(torch.ByteTensor(), c[1], c[2])
      eq({r:dim(), torch.type(r)}, {0, 'torch.DoubleTensor'}, 'where of no elements')
   end
end

check.finish()
