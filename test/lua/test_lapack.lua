-- Factorisations and what is solved with them, of sizes around those where TH's own take over from LAPACK's and where their
-- blocks end: against what defines them.
local test = torch.TestSuite()
local tester = torch.Tester()

local SIZES = {1, 2, 5, 31, 47, 48, 49, 63, 64, 65, 80, 97, 128, 131, 200, 257}
local types = {['torch.DoubleTensor'] = 1e-12, ['torch.FloatTensor'] = 1e-4}

-- Numbers of (-1, 1), the same every time.
local function numbers(m, n, type)
   return torch.range(1, m * n):mul(0.7310585):add(torch.range(1, m * n):pow(2):mul(0.013)):sin():resize(m, n):type(type)
end
local function definite(n, type)
   local a = numbers(n, n, 'torch.DoubleTensor')
   return torch.mm(a, a:t()):add(torch.eye(n):mul(n)):type(type)
end
local function far(a, b) return torch.dist(a, b, math.huge) end

local function each(f)
   for type, precision in pairs(types) do
      for _, n in ipairs(SIZES) do f(n, type, precision, ('%d of %s'):format(n, type)) end
   end
end

local function double(t) return t:double() end

function test.gesv()
   each(function(n, type, precision, name)
      local a = numbers(n, n, type):add(torch.eye(n):type(type):mul(3))
      for _, columns in ipairs{1, 3, 70} do
         local b = numbers(n, columns, type)
         local x, lu = torch.gesv(b, a)
         tester:assertlt(far(torch.mm(double(a), double(x)), double(b)), precision * 100 * n, name .. ': A X = B')
         tester:asserteq(lu:size(1), n)
      end
   end)
end

-- Rows change places: what multiplies is at most 1.
function test.pivots()
   each(function(n, type, _, name)
      local _, lu = torch.gesv(numbers(n, 1, type), numbers(n, n, type))
      tester:assertle(torch.tril(double(lu), -1):abs():max(), 1 + 1e-6, name)
   end)
end

function test.inverse()
   each(function(n, type, precision, name)
      local a = numbers(n, n, type):add(torch.eye(n):type(type):mul(3))
      local inverse = torch.inverse(a)
      tester:assertlt(far(torch.mm(double(a), double(inverse)), torch.eye(n)), precision * 1000 * n, name)
   end)
end

function test.cholesky()
   each(function(n, type, precision, name)
      local a, b = definite(n, type), numbers(n, 5, type)
      for _, uplo in ipairs{'U', 'L'} do
         local half = torch.potrf(a, uplo)
         local f = double(half)
         local product = uplo == 'U' and torch.mm(f:t(), f) or torch.mm(f, f:t())
         tester:assertlt(far(product, double(a)), precision * 100 * n, name .. uplo)
         local other = uplo == 'U' and torch.tril(f, -1) or torch.triu(f, 1)
         tester:asserteq(other:abs():max(), 0, name .. uplo .. ': the other triangle')
         tester:assertlt(far(torch.mm(double(a), double(torch.potrs(b, half, uplo))), double(b)), precision * 100 * n, name .. uplo .. ': potrs')
         tester:assertlt(far(torch.mm(double(a), double(torch.potri(half, uplo))), torch.eye(n)), precision * 100 * n, name .. uplo .. ': potri')
      end
   end)
end

function test.triangles()
   each(function(n, type, precision, name)
      local a = numbers(n, n, type):div(n):add(torch.eye(n):type(type):mul(2))
      for _, columns in ipairs{1, 4, 67} do
         local b = numbers(n, columns, type)
         for uplo in ('UL'):gmatch '.' do
            for trans in ('NT'):gmatch '.' do
               for diag in ('NU'):gmatch '.' do
                  local t = uplo == 'U' and torch.triu(double(a)) or torch.tril(double(a))
                  if diag == 'U' then for i = 1, n do t[i][i] = 1 end end
                  local x = double(torch.trtrs(b, a, uplo, trans, diag))
                  tester:assertlt(far(torch.mm(trans == 'T' and t:t() or t, x), double(b)), precision * 10 * n, name .. uplo .. trans .. diag)
               end
            end
         end
      end
   end)
end

-- 1 / d is infinite for a subnormal d, but b / d is not; d is the first and the last of the diagonal, of
-- sizes that the library and TH solve.
function test.subnormal_diagonal()
   for type, tiny in pairs{['torch.FloatTensor'] = 2 ^ -130, ['torch.DoubleTensor'] = 2 ^ -1030} do
      for _, n in ipairs{2, 4, 47, 48, 70} do
         local x = torch.range(1, 3 * n):resize(n, 3):type(type)
         for uplo in ('UL'):gmatch '.' do
            for trans in ('NT'):gmatch '.' do
               local t = torch.eye(n):type(type)
               t[1][1], t[n][n] = tiny, -tiny
               if n > 3 then t[uplo == 'U' and 2 or 3][uplo == 'U' and 3 or 2] = 4 end
               local b = torch.mm(trans == 'T' and t:t() or t, x)
               tester:eq((torch.trtrs(b, t, uplo, trans)), x, 0, ('%s %d %s %s'):format(type, n, uplo, trans))
            end
         end
      end
   end
   local singular = torch.diag(torch.DoubleTensor{2 ^ -1030, 0})
   tester:assertErrorPattern(function() torch.trtrs(torch.ones(2, 1), singular) end, 'singular')
end

-- Pivots as well; without AVX2 these are the library's.
function test.subnormal_pivot()
   if torch.cpuinfo().isa == 'base' then
      print 'test.subnormal_pivot skipped: without AVX2 the BLAS library factorises'
      return
   end
   for type, tiny in pairs{['torch.FloatTensor'] = 2 ^ -130, ['torch.DoubleTensor'] = 2 ^ -1030} do
      for _, n in ipairs{2, 4, 47, 48, 70} do
         local x, a = torch.range(1, 3 * n):resize(n, 3):type(type), torch.eye(n):type(type)
         a[1][1], a[n][n] = tiny, -tiny
         if n > 3 then a[2][3], a[3][2] = 4, 2 end
         tester:eq((torch.gesv(torch.mm(a, x), a)), x, 1e-5, ('%s %d'):format(type, n))
         a = torch.eye(n):type(type)
         a[1][1], a[n][n] = tiny, tiny
         local b = torch.eye(n):narrow(2, 1, 2):type(type):clone()
         b[1][1], b[n][2] = 0, 0
         tester:eq((torch.potrs(b, a)), b, 0, ('%s %d, potrs'):format(type, n)) -- the unknowns of tiny factors are 0
      end
   end
   tester:assertErrorPattern(function() torch.gesv(torch.ones(2, 2), torch.diag(torch.DoubleTensor{2 ^ -1030, 0})) end, 'singular')
end

function test.qr()
   each(function(n, type, precision, name)
      for _, m in ipairs{n, n + 40, math.max(1, n - 30)} do
         local a = numbers(m, n, type)
         local q, r = torch.qr(a)
         local k = math.min(m, n)
         tester:assertlt(far(torch.mm(double(q), double(r)), double(a)), precision * 10 * n, name .. ': Q R')
         tester:assertlt(far(torch.mm(double(q):t(), double(q)), torch.eye(k)), precision * 10 * n, name .. ": Q' Q")
         tester:asserteq(torch.tril(double(r), -1):abs():max(), 0, name .. ': R')
      end
   end)
end

function test.eigenvectors()
   each(function(n, type, precision, name)
      local a = definite(n, type)
      local e, v = torch.symeig(a, 'V')
      local scaled = torch.mm(double(v), torch.diag(double(e)))
      tester:assertlt(far(torch.mm(double(a), double(v)), scaled), precision * 100 * n, name .. ': A V = V E')
      tester:assertlt(far(torch.mm(double(v):t(), double(v)), torch.eye(n)), precision * 10 * n, name .. ": V' V")
      tester:assertlt(far(torch.symeig(a, 'N'), e), precision * 100 * n, name .. ': values alone')
   end)
end

-- Symmetric matrices around the sizes that TH makes three diagonals itself: those whose reflections are none or few, and
-- whose elements are too large or small for that; equal for any number of threads.
function test.three_diagonals()
   local threads = torch.getnumthreads()
   for _, type in ipairs{'torch.DoubleTensor', 'torch.FloatTensor'} do
      local precision, far_away = 1e-14, {1, 1e-160, 1e160}
      if type == 'torch.FloatTensor' then precision, far_away = 1e-5, {1, 1e-16, 1e16} end
      for _, n in ipairs{48, 49, 55, 56, 57, 63, 64, 65, 101, 190, 400, 401} do
         local x = double(numbers(n, n, type))
         local full, fall = x + x:t(), torch.range(1, n):mul(-0.2):exp()
         local kinds = {full = full, diagonal = torch.diag(x:select(1, 1):clone()), bands = torch.tril(torch.triu(full, -1), 1), unit = torch.eye(n),
            ['of rank 1'] = torch.ger(x[1], x[1]), graded = torch.cmul(full, torch.ger(fall, fall))}
         for kind, values in pairs(kinds) do
            for _, by in ipairs(far_away) do
               local a, name = (values * by):type(type), ('%s, %d, %s, %g'):format(type, n, kind, by)
               local size, here = values:norm(), double(a) / by
               torch.setnumthreads(1)
               local e, v = torch.symeig(a, 'V', 'L')
               local close = double(v)
               tester:assertlt(far(here * close, close * torch.diag(double(e) / by)), precision * size, name .. ': A V = V E')
               tester:assertlt(far(close:t() * close, torch.eye(n)), precision * n, name .. ": V' V")
               tester:assertlt(far(double(torch.symeig(a, 'N', 'U')) / by, double(e) / by), precision * size, name .. ': values alone')
               torch.setnumthreads(3)
               tester:asserteq(far(select(2, torch.symeig(a, 'V', 'L')), v), 0, name .. ': threads')
            end
         end
      end
   end
   torch.setnumthreads(threads)
end

-- The messages tell the same place whoever finds it.
function test.singular()
   for _, n in ipairs{4, 60, 150} do
      for _, zero in ipairs{1, 3, n} do
         local a = torch.eye(n)
         a[zero][zero] = 0
         local place = ('(%d,%d)'):format(zero, zero)
         local function refused(message, f, ...)
            local ok, err = pcall(f, ...)
            tester:assert(not ok and err:find(message, 1, true), ('%d, %d: %s'):format(n, zero, tostring(err)))
         end
         refused('U' .. place .. ' is zero, singular U.', torch.gesv, torch.ones(n, 1), a)
         refused('U' .. place .. ' is 0, U is singular', torch.inverse, a)
         refused('A' .. place .. ' is zero, singular A', torch.trtrs, torch.ones(n, 1), a)
         for _, uplo in ipairs{'U', 'L'} do
            refused(('order %d is not positive definite'):format(zero), torch.potrf, a, uplo)
         end
      end
   end
end

function test.not_a_number()
   for _, n in ipairs{60, 150} do
      local a = definite(n, 'torch.DoubleTensor')
      a[n - 3][7], a[7][n - 3] = 0 / 0, 0 / 0
      local x = torch.gesv(torch.ones(n, 1), a)
      tester:assert(x:ne(x):sum() > 0, 'gesv')
      local l = torch.potrf(a, 'L')
      tester:assert(l:ne(l):sum() > 0, 'potrf')
   end
end

function test.threads()
   local before = torch.getnumthreads()
   for type in pairs(types) do
      for _, n in ipairs{65, 130, 301} do
         local a, s, b = numbers(n, n, type), definite(n, type), numbers(n, 71, type)
         local t = torch.eye(n):type(type):mul(n):add(a)
         local want
         for _, threads in ipairs{1, 2, 3, 7} do
            torch.setnumthreads(threads)
            local got = {torch.gesv(b, a), torch.inverse(a), torch.potrf(s, 'L'), torch.potrf(s, 'U'), torch.potrs(b, s), torch.trtrs(b, t),
               torch.qr(a), (select(2, torch.qr(a)))}
            want = want or got
            for i = 1, #got do tester:asserteq(torch.ne(got[i], want[i]):sum(), 0, ('%s %d, %d threads, %d'):format(type, n, threads, i)) end
         end
      end
   end
   torch.setnumthreads(before)
end

-- Reflections of columns whose elements are subnormal: orthogonal all the same.
function test.subnormal_columns()
   for type, least in pairs{['torch.FloatTensor'] = 2 ^ -146, ['torch.DoubleTensor'] = 2 ^ -1071} do
      for _, n in ipairs{7, 60, 130} do
         local a = torch.round(numbers(n, n, 'torch.DoubleTensor') * 8):mul(least):type(type)
         a:select(2, 1):fill(least)
         local q, r = torch.qr(a)
         local precision = (type == 'torch.FloatTensor' and 1e-6 or 1e-14) * n
         tester:assertlt(far(double(q):t() * double(q), torch.eye(n)), precision, ("%s, %d: Q' Q"):format(type, n))
         tester:assertlt(far(double(q) * (double(r) / least), double(a) / least), 0.5 * n, ('%s, %d: Q R'):format(type, n))
      end
   end
end

-- Operands that lie otherwise, and results that are operands.
function test.layouts()
   local n = 90
   local a, b = numbers(n, n, 'torch.DoubleTensor'), numbers(n, 6, 'torch.DoubleTensor')
   local want = torch.gesv(b, a)
   local wide = torch.zeros(n, 2 * n)
   local apart = wide:narrow(2, 1, n):copy(a)
   tester:asserteq(far(torch.gesv(b, apart), want), 0)
   tester:asserteq(far(torch.gesv(b, a:t():contiguous():t()), want), 0)
   local x, lu = b:clone(), a:clone()
   torch.gesv(x, lu, x, lu)
   tester:asserteq(far(x, want), 0)
end

-- potrf reads one triangle, however the matrix lies, and what is beside its result's is 0, also where the memory was not.
function test.half()
   each(function(n, type, _, name)
      local a = definite(n, type)
      for uplo, beside in pairs{U = torch.tril(torch.ones(n, n), -1), L = torch.triu(torch.ones(n, n), 1)} do
         local rows = a:clone()
         rows:maskedFill(beside:byte(), 0 / 0)
         local apart = torch.zeros(2 * n, 3 * n):type(type)
         local want = torch.potrf(a, uplo)
         for i, x in ipairs{rows, rows:t():contiguous():t(), apart:narrow(1, 2, n):narrow(2, 3, n):copy(rows), apart:clone():t():narrow(1, 1, n):narrow(2, n, n):copy(rows),
            rows.new(n, n, 2):select(3, 2):copy(rows)} do
            for _, r in ipairs{rows.new(), rows.new(n, n):fill(7), rows.new(n, n):fill(7):t()} do
               tester:asserteq(torch.potrf(r, x, uplo):ne(want):sum(), 0, ('%s%s, layout %d'):format(name, uplo, i))
            end
         end
      end
   end)
end

-- Results that were empty have memory of their own, and no more than they need.
function test.storages()
   local a, b = numbers(60, 90, 'torch.DoubleTensor'), numbers(90, 2, 'torch.DoubleTensor')
   local square = definite(90, 'torch.DoubleTensor')
   for name, results in pairs{qr = {torch.qr(a)}, gesv = {torch.gesv(b, square)}, inverse = {torch.inverse(square)},
      gels = {torch.gels(numbers(60, 1, 'torch.DoubleTensor'), numbers(60, 20, 'torch.DoubleTensor'))}, symeig = {torch.symeig(square, 'V')}} do
      for i, r in ipairs(results) do
         tester:asserteq(r:storage():size(), r:nElement(), ('%s, result %d'):format(name, i))
      end
   end
   local shared = torch.DoubleStorage()
   local r = torch.DoubleTensor(shared)
   torch.inverse(r, square)
   tester:asserteq(shared:size(), 90 * 90, 'a storage that somebody else has')
end

tester:add(test)
tester:run()
