-- What derivatives in the operation table (lua/ops, `grad`) are written with: the functions of torch, and these. All are made
-- of recorded operations, so that they have derivatives themselves; none changes what it is given.
local C = require 'libtorch'
local torch = torch
local F = setmetatable({}, {__index = function(F, name)
   local f = torch[name] or function(x, ...) return x[name](x, ...) end -- narrow and others are methods only
   F[name] = f
   return f
end})
local cmul, mul, add, sum, repeated = torch.cmul, torch.mul, torch.add, torch.sum, C.repeated
F.cmul, F.mul, F.add, F.sum = cmul, mul, add, sum

-- ---- sizes ----

local function same(sizes, x) return x:isSize(sizes) end

local function product(sizes)
   local n = 1
   for i = 1, #sizes do n = n * sizes[i] end
   return n
end

--- zeros(g, sizes): of g's type.
local function zeros(g, sizes) return g.new(sizes):zero() end

--- scale(x, s): x times the number s; x itself for 1.
function F.scale(x, s)
   if s == 1 then return x end
   return mul(x, s)
end

--- t(x): the transposed matrix; bt(x): of every matrix of a batch.
function F.t(x) return x:t() end
function F.bt(x) return x:transpose(2, 3) end

--- each(g, batch): the matrix g for every matrix of a batch.
function F.each(g, batch)
   local n = batch:size(1)
   return g:view(1, g:size(1), g:size(2)):expand(n, g:size(1), g:size(2))
end

--- stretch(g, sizes): g, of one element or with 1 where it was summed, in those sizes.
function F.stretch(g, sizes)
   if same(sizes, g) then return g end
   if #sizes == 0 then return g.new() end -- of a tensor without elements
   if g:dim() ~= #sizes then
      local ones = torch.LongStorage(#sizes):fill(1)
      g = F.reshape(g, ones)
   end
   return g:expand(sizes)
end

function F.average(g, sizes) return mul(F.stretch(g, sizes), g:nElement() / product(sizes)) end

--- reshape(x, sizes): a view where it can be one.
function F.reshape(x, sizes) return x:contiguous():view(sizes) end

--- fit(v, sizes): the sum of v over what broadcasting repeated; v in other sizes where it has as many elements.
function F.fit(v, sizes)
   local d = repeated(v, sizes)
   while d > 0 do
      v = sum(v, d)
      d = repeated(v, sizes)
   end
   if d == 0 then return v end
   return d == -1 and F.reshape(v, sizes) or F.stretch(v, sizes)
end

-- ---- pointwise ----

--- 1 where the comparison holds and 0 elsewhere, in x's type.
function F.is(name, x, y) return torch[name](C.alias(x), torch.isTensor(y) and C.alias(y) or y):typeAs(x) end
function F.within(x, min, max) return cmul(F.is('ge', x, min), F.is('le', x, max)) end
function F.difference(x, y) return torch.csub(x, y) end

--- log(x) r, which is 0 where r = x^y is.
function F.powlog(r, x)
   local zero = torch.eq(C.alias(r), 0)
   if zero:sum() == 0 then return cmul(r, torch.log(x)) end
   return cmul(r, torch.log(add(x, zero:typeAs(x))))
end

function F.tanh_slope(r) return add(torch.neg(cmul(r, r)), 1) end
function F.sigmoid_slope(r) return cmul(r, add(torch.neg(r), 1)) end

-- ---- reductions ----

--- d|x|_p / dx, where r = |x|_p, of all elements or along a dimension; 0 where r is 0.
function F.norm_slope(x, r, p)
   if p == nil then p = 2 end
   if p == 0 then return mul(C.alias(x), 0) end
   if r:dim() ~= x:dim() or not r:isSameSizeAs(x) then r = F.stretch(r, x:size()) end
   local zero = F.is('eq', r, 0)
   if p == math.huge or p == -math.huge then
      local at = F.is('eq', torch.abs(C.alias(x)), r)
      return cmul(torch.sign(C.alias(x)), at)
   end
   local safe = add(r, zero)
   local ratio = torch.cdiv(x, safe)
   if p == 2 then return ratio end
   if p == 1 then return torch.sign(C.alias(x)) end
   local nonzero = F.is('eq', x, 0) -- |0|^(p-2) has no value
   return cmul(torch.pow(add(torch.abs(ratio), nonzero), p - 1), torch.sign(C.alias(x)))
end

-- x moved so that dimension d is the last: a matrix of lanes; and the way back.
local function lanes(x, d)
   local last = x:dim()
   local moved = d == last and x or x:transpose(d, last)
   local sizes = moved:size()
   return F.reshape(moved, torch.LongStorage{moved:nElement() / sizes[last], sizes[last]}), function(y)
      y = F.reshape(y, sizes)
      return d == last and y or y:transpose(d, last)
   end
end

--- Products of all the others along d; of all other elements without d.
function F.others(x, d)
   local flat, back
   if d then
      flat, back = lanes(x, d)
   else
      local sizes = x:size()
      flat = F.reshape(x, torch.LongStorage{1, x:nElement()})
      back = function(y) return F.reshape(y, sizes) end
   end
   local n, parts = flat:size(2), {}
   for i = 1, n do
      local rest
      if n == 1 then parts[i] = torch.onesLike(C.alias(flat))
      else
         if i == 1 then rest = flat:narrow(2, 2, n - 1)
         elseif i == n then rest = flat:narrow(2, 1, n - 1)
         else rest = torch.cat(flat:narrow(2, 1, i - 1), flat:narrow(2, i + 1, n - i), 2) end
         parts[i] = torch.prod(rest, 2)
      end
   end
   return back(n == 1 and parts[1] or torch.cat(parts, 2))
end

function F.var_slope(x, d, biased)
   local n = d and x:size(d) or x:nElement()
   local mean = d and torch.mean(x, d) or torch.mean(x)
   if type(mean) ~= 'number' then mean = F.stretch(mean, x:size()) end
   return mul(torch.csub(x, mean), 2 / (biased and n or n - 1))
end

--- 1 at the first place where x is r, its largest or smallest element.
function F.first_place(x, r)
   local at = F.is('eq', x, C.alias(r)[1])
   local flat = C.alias(at):contiguous():view(-1)
   local _, i = torch.max(flat, 1)
   local one = at.new(at:nElement()):zero()
   one[i[1]] = 1
   return one:viewAs(at)
end

function F.cumsum_back(g, d) return add(torch.csub(F.stretch(sum(g, d), g:size()), torch.cumsum(g, d)), g) end

--- Gradient of running products: by sums of products without one factor, so that zeros do no harm.
function F.cumprod_back(g, x, d)
   local n, parts = x:size(d), {}
   for i = 1, n do
      -- d r_j / d x_i, j >= i: the products up to j without x_i
      local before = i > 1 and torch.prod(x:narrow(d, 1, i - 1), d) or nil
      local factors = i < n and torch.cat(torch.onesLike(C.alias(x):narrow(d, i, 1)), x:narrow(d, i + 1, n - i), d) or torch.onesLike(C.alias(x):narrow(d, i, 1))
      local running = torch.cumprod(factors, d)
      local part = sum(cmul(g:narrow(d, i, n - i + 1), running), d)
      parts[i] = before and cmul(part, before) or part
   end
   return n == 1 and parts[1] or torch.cat(parts, d)
end

function F.renorm_back(g, x, p, d, maxnorm)
   -- slices along d as rows
   local first = d == 1 and x or x:transpose(1, d)
   local sizes = first:size()
   local rows = F.reshape(first, torch.LongStorage{sizes[1], first:nElement() / sizes[1]})
   local gfirst = d == 1 and g or g:transpose(1, d)
   local grows = F.reshape(gfirst, torch.LongStorage{sizes[1], rows:size(2)})
   local norms = torch.norm(rows, p, 2)
   local over = F.is('gt', norms, maxnorm)
   local shrink = mul(torch.cinv(add(norms, 1e-7)), maxnorm)
   local factor = add(cmul(over, shrink), add(torch.neg(over), 1))
   local full = rows:size()
   local slope = cmul(F.stretch(torch.cdiv(cmul(over, shrink), add(norms, 1e-7)), full), F.norm_slope(rows, norms, p))
   local inner = sum(cmul(grows, rows), 2)
   local r = torch.csub(cmul(grows, F.stretch(factor, full)), cmul(slope, F.stretch(inner, full)))
   r = F.reshape(r, sizes)
   return d == 1 and r or r:transpose(1, d)
end

-- ---- places ----

--- g at the slices `index` of zeros.
function F.spread(g, sizes, d, index)
   local z = zeros(g, sizes)
   z:indexAdd(d, index, g) -- returns its last argument
   return z
end
function F.without(g, d, index)
   local r = g:clone()
   r:indexFill(d, index, 0)
   return r
end
function F.picked(g, d, index, sizes) return F.fit(g:index(d, index), sizes) end

--- g at the elements `index` of zeros; d nil: the last dimension.
function F.scattered(g, sizes, d, index) return zeros(g, sizes):scatterAdd(d or #sizes, index, g) end
function F.cleared(g, d, index) return g:clone():scatter(d, index, 0) end

--- Of a y of which scatter takes the corner of index's size.
function F.gathered(g, d, index, sizes)
   local r = torch.gather(g, d, index)
   if same(sizes, r) then return r end
   local full = zeros(g, sizes)
   local corner = full
   for k = 1, r:dim() do corner = corner:narrow(k, 1, r:size(k)) end
   return F.embedded(r, sizes, function(z)
      for k = 1, r:dim() do z = z:narrow(k, 1, r:size(k)) end
      return z
   end)
end

--- embedded(g, sizes, view): zeros with g at view(zeros); view makes a view of a tensor of those sizes.
function F.embedded(g, sizes, view)
   local z = zeros(g, sizes)
   view(z):copy(C.alias(g))
   if C.recorded(g) == 0 or not C.recording() then return z end
   local core = require 'autograd.core'
   return (core.record(z, function(node, grad) core.give(node[4], view(grad)) end, 'embedded', C.node(g)))
end

-- Without a function made where none is needed: a loop with these compiles.
function F.narrow_back(g, sizes, d, first, size)
   if C.recorded(g) == 0 then
      local z = zeros(g, sizes)
      z:narrow(d, first, size):copy(g)
      return z
   end
   return F.embedded(g, sizes, function(z) return z:narrow(d, first, size) end)
end
function F.select_back(g, sizes, d, i)
   if C.recorded(g) == 0 then
      local z = zeros(g, sizes)
      z:select(d, i):copy(g)
      return z
   end
   return F.embedded(g, sizes, function(z) return z:select(d, i) end)
end

function F.unfold_back(g, sizes, d, size, step)
   local total
   for i = 1, g:size(d) do -- windows overlap
      local part = g:select(d, i) -- the positions of the window are its last dimension
      local last = g:dim() - 1
      for k = last, d + 1, -1 do part = part:transpose(k, k - 1) end
      local one = F.narrow_back(part, sizes, d, (i - 1) * step + 1, size)
      total = total and add(total, one) or one
   end
   return total
end

function F.unmasked(g, m)
   local r = g:clone()
   r:maskedFill(m, 0)
   return r
end
function F.masked(g, m, sizes)
   local z = zeros(g, sizes)
   z:maskedCopy(m, g)
   return z
end
function F.selected(g, m, sizes)
   local r = g:maskedSelect(m)
   if r:nElement() == product(sizes) then return F.reshape(r, sizes) end
   local n = r:nElement()
   return F.reshape(F.embedded(r, torch.LongStorage{product(sizes)}, function(z) return z:narrow(1, 1, n) end), sizes)
end

-- ---- joining and matrices ----

local function join_dimension(sizes, d) return (d == nil or d < 1) and #sizes or d end

function F.piece(k, g, a, b, d)
   local own, other = k == 1 and a or b, k == 1 and b or a
   if #own == 0 then return g.new() end
   if #other == 0 then return g end
   d = join_dimension(a, d)
   return k == 1 and g:narrow(d, 1, a[d]) or g:narrow(d, a[d] + 1, b[d])
end

function F.pieces(g, sizes, d)
   local list, first = {}, 1
   for i = 1, #sizes do
      if #sizes[i] > 0 then
         local along = join_dimension(sizes[i], d)
         list[i] = g:narrow(along, first, sizes[i][along])
         first = first + sizes[i][along]
      else
         list[i] = g.new()
      end
   end
   return list
end

function F.diag_back(g, sizes, k)
   if #sizes == 1 then return torch.diag(g, k) end
   local n, m = sizes[1], sizes[2]
   local square = torch.diag(g, k) -- may be larger or smaller than n x m
   local rows, columns = math.min(n, square:size(1)), math.min(m, square:size(2))
   local corner = square:narrow(1, 1, rows):narrow(2, 1, columns)
   return F.embedded(corner, sizes, function(z) return z:narrow(1, 1, rows):narrow(2, 1, columns) end)
end

function F.eye_of(sizes, g) return torch.eye(sizes[1], sizes[2]):typeAs(g) end

function F.opposite(trans) return trans:sub(1, 1):upper() == 'N' and 'T' or 'N' end

function F.along3(x, d)
   if d and d >= 1 then return d end
   for k = 1, x:dim() do
      if x:size(k) == 3 then return k end
   end
end

for _, name in ipairs{'conv_back_t', 'conv_back_k', 'columns', 'solved', 'trtrs_back', 'trtrs_back_A', 'gels_back_A', 'gels_back_B', 'symeig_back', 'eig_back', 'svd_back',
   'potrf_back', 'potrs_back', 'potri_back', 'pstrf_back', 'qr_back', 'geqrf_back', 'orgqr_back', 'ormqr_back'} do
   F[name] = function(...)
      require 'autograd.algebra'(F)
      return F[name](...)
   end
end

return F
