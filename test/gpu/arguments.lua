--- Arguments for the rows of the operation table, made from the kinds of the form and, where an operation
-- wants more than tensors of one shape, from what is said here. Loaded by dofile.
local A = {}

local floating = {Float = true, Double = true, Half = true}
local here = debug.getinfo(1, 'S').source:match('^@(.*/)') or './'
local draw_from_one = dofile(here .. '../lua/draws.lua')(0)
local function draw(n) return draw_from_one(n) - 1 end

-- An element: small, and never 0, so that it divides; a half holds it exactly.
local function value(type_)
   if floating[type_] then return (draw(24) + 1) / 8 * (draw(4) == 0 and -1 or 1) end
   if type_ == 'Byte' then return draw(7) + 1 end
   return (draw(7) + 1) * (draw(4) == 0 and -1 or 1)
end

local function class(type_) return torch[(type_ == 'Half' and 'Float' or type_) .. 'Tensor'] end

local function numbered(type_, make, ...)
   local size = torch.LongStorage{...}
   local x = class(type_)():resize(size) -- torch.LongTensor(size) would be a tensor of the sizes
   local s = x:storage()
   for i = 1, #s do s[i] = make(i) end
   return x
end

--- A contiguous CPU tensor of the type (Float for Half) and sizes.
function A.tensor(type_, ...) return numbered(type_, function() return value(type_) end, ...) end

local function positive(type_, ...)
   return numbered(type_, function() return math.abs(value(type_)) end, ...)
end
local function ones_and_zeros(...) return numbered('Byte', function() return draw(2) end, ...) end

-- A permutation of 1..n along dimension d of a matrix, in every lane.
local function permutations(rows, columns, d)
   local x = torch.LongTensor(rows, columns)
   local n, lanes = d == 1 and rows or columns, d == 1 and columns or rows
   for lane = 1, lanes do
      local shift = draw(n)
      for i = 1, n do
         local at = (i + shift) % n + 1
         if d == 1 then x[{i, lane}] = at else x[{lane, i}] = at end
      end
   end
   return x
end

local ROWS, COLUMNS = 6, 5

-- ---- operations with wishes: name -> function(type) -> {argument name = value}; always: leave nothing out ----

local wishes = {}
local function wish(names, f)
   for name in names:gmatch('%S+') do wishes[name] = f end
end

wish('index', function(t) return {x = A.tensor(t, ROWS, COLUMNS), d = 2, index = torch.LongTensor{5, 1, 1, 3}} end)
wish('indexCopy indexAdd', function(t)
   return {x = A.tensor(t, ROWS, COLUMNS), d = 1, index = torch.LongTensor{4, 1, 6}, y = A.tensor(t, 3, COLUMNS)}
end)
wish('indexFill', function(t) return {x = A.tensor(t, ROWS, COLUMNS), d = 1, index = torch.LongTensor{4, 1}, value = 3} end)
wish('gather', function(t)
   return {x = A.tensor(t, ROWS, COLUMNS), d = 1, index = numbered('Long', function() return draw(ROWS) + 1 end, 4, COLUMNS)}
end)
wish('scatter', function(t)
   return {x = A.tensor(t, ROWS, COLUMNS), d = 2, index = permutations(ROWS, COLUMNS, 2), y = A.tensor(t, ROWS, COLUMNS), value = 2}
end)
wish('scatterAdd', function(t)
   return {x = A.tensor(t, ROWS, COLUMNS), d = 1, index = numbered('Long', function() return draw(ROWS) + 1 end, 3, COLUMNS),
      y = A.tensor(t, 3, COLUMNS)}
end)
wish('maskedFill maskedSelect', function(t)
   return {x = A.tensor(t, ROWS, COLUMNS), m = ones_and_zeros(ROWS, COLUMNS), value = 3}
end)
wish('maskedCopy', function(t)
   return {x = A.tensor(t, ROWS, COLUMNS), m = ones_and_zeros(ROWS, COLUMNS), y = A.tensor(t, ROWS * COLUMNS)}
end)
wish('nonzero', function(t)
   return {x = numbered(t, function() return draw(2) * 3 end, ROWS, COLUMNS)}
end)
wish('all any', function() return {x = ones_and_zeros(ROWS, COLUMNS)} end)
wish('mm addmm', function(t)
   return {A = A.tensor(t, ROWS, 4), B = A.tensor(t, 4, COLUMNS), M = A.tensor(t, ROWS, COLUMNS), r = A.tensor(t, ROWS, COLUMNS)}
end)
wish('mv addmv', function(t)
   return {A = A.tensor(t, ROWS, 4), x = A.tensor(t, 4), M = A.tensor(t, ROWS), r = A.tensor(t, ROWS)}
end)
wish('ger addr', function(t)
   return {x = A.tensor(t, ROWS), y = A.tensor(t, COLUMNS), M = A.tensor(t, ROWS, COLUMNS), r = A.tensor(t, ROWS, COLUMNS)}
end)
wish('bmm baddbmm', function(t)
   return {A = A.tensor(t, 3, ROWS, 4), B = A.tensor(t, 3, 4, COLUMNS), M = A.tensor(t, 3, ROWS, COLUMNS),
      r = A.tensor(t, 3, ROWS, COLUMNS)}
end)
wish('addbmm', function(t)
   return {A = A.tensor(t, 3, ROWS, 4), B = A.tensor(t, 3, 4, COLUMNS), M = A.tensor(t, ROWS, COLUMNS), r = A.tensor(t, ROWS, COLUMNS)}
end)
wish('log log1p sqrt rsqrt cpow pow lgamma', function(t)
   return {x = positive(t, ROWS, COLUMNS), y = positive(t, ROWS, COLUMNS), p = 1.5, base = 2}
end)
wish('asin acos', function(t)
   return {x = numbered(t, function() return (draw(17) - 8) / 8 end, ROWS, COLUMNS)}
end)
wish('lshift rshift clshift crshift', function(t)
   return {x = positive(t, ROWS, COLUMNS), y = numbered(t, function() return draw(3) end, ROWS, COLUMNS), s = 2}
end)
wish('clamp', function(t) return {x = A.tensor(t, ROWS, COLUMNS), min = 1, max = 2} end)
wish('reshape', function(t) return {x = A.tensor(t, ROWS, COLUMNS), size = {COLUMNS, 2, ROWS / 2}} end)
wish('narrow', function() return {d = 1, first = 2, size = 3} end)
wish('transpose', function() return {d1 = 1, d2 = 2} end)
wish('unfold', function() return {d = 2, size = 2, step = 1} end)
wish('range arange', function() return {a = 1, b = 7, step = 2} end)
wish('linspace logspace', function() return {a = 0, b = 2, n = 5} end)
wish('eye', function() return {n = 4, m = 5} end)
wish('geometric bernoulli', function(t) return {x = A.tensor(t, ROWS, COLUMNS), p = 0.5} end)
-- unsorted, the order of the results is free
wish('topk', function(t) return {x = A.tensor(t, ROWS, COLUMNS), k = 3, d = 1, largest = true, sorted = true, always = true} end)
wish('cross', function(t) return {x = A.tensor(t, 3, 4), y = A.tensor(t, 3, 4), d = 1} end)
wish('conv2 xcorr2', function(t) return {t = A.tensor(t, ROWS, COLUMNS), k = A.tensor(t, 2, 3), vf = 'F'} end)
wish('conv3 xcorr3', function(t) return {t = A.tensor(t, 3, 4, COLUMNS), k = A.tensor(t, 2, 1, 3), vf = 'F'} end)
wish('match', function(t) return {m1 = A.tensor(t, ROWS, 4), m2 = A.tensor(t, COLUMNS, 4), gain = 2} end)
wish('histc bhistc', function(t) return {x = A.tensor(t, ROWS, COLUMNS), n = 4, min = -2, max = 2} end)

-- ---- matrices for LAPACK ----

local function dominant(t, n) return A.tensor(t, n, n):add(torch.eye(n):mul(9):type(torch.type(A.tensor(t, 1)))) end
local function definite(t, n)
   local x = A.tensor(t, n, n)
   return torch.mm(x, x:t()):add(torch.eye(n):type(torch.type(x)))
end
wish('gesv trtrs', function(t) return {A = dominant(t, 4), B = A.tensor(t, 4, 2)} end)
wish('gels', function(t) return {A = A.tensor(t, ROWS, 3), B = A.tensor(t, ROWS, 2)} end)
wish('symeig potrf pstrf', function(t) return {A = definite(t, 4), job = 'V', tol = -1} end)
wish('inverse eig', function(t) return {A = dominant(t, 4), job = 'V'} end)
wish('potrs potri', function(t) return {chol = torch.potrf(definite(t, 4)), B = A.tensor(t, 4, 2)} end)
wish('orgqr', function(t)
   local a, tau = torch.geqrf(A.tensor(t, ROWS, COLUMNS))
   return {a = a, tau = tau}
end)
wish('ormqr', function(t)
   local a, tau = torch.geqrf(A.tensor(t, ROWS, COLUMNS))
   return {a = a, tau = tau, C = A.tensor(t, ROWS, 2)}
end)
wish('renorm', function(t) return {x = A.tensor(t, ROWS, COLUMNS), p = 2, d = 1, maxnorm = 1} end)

-- ---- arguments of a form ----

-- One value for an argument that no wish covers; nil where a form cannot be called here.
local function by_kind(arg, type_)
   local kind = arg.kind
   if kind == 'tensor' or kind == 'inout' then return A.tensor(arg.type or type_, ROWS, COLUMNS) end
   if kind == 'tensors' then return {A.tensor(type_, 2, COLUMNS), A.tensor(type_, ROWS, COLUMNS)} end
   if kind == 'scalar' or kind == 'number' then return 2 end
   if kind == 'int' or kind == 'index' then return 2 end
   if kind == 'dim' then return 1 end
   if kind == 'flag' then return true end
   if kind == 'dims' then return {3, 4} end
   if kind == 'option' then return arg.letters:sub(1, 1) end
end

--- Arguments in the order of a Lua call: for each accepted way to leave optional ones out, a list
-- {values=, names=}. `skip`: the operation's results are random.
function A.calls(row, form, type_)
   local w = wishes[row.name] and wishes[row.name](type_) or {}
   local calls = {}
   for _, brief in ipairs(w.always and {false} or {false, true}) do
      local values, names, n = {}, {}, 0
      local usable = true
      for _, arg in ipairs(form) do
         local optional = arg.default ~= nil or arg.self ~= nil or arg.optional
         local kind = arg.kind
         local hidden = kind == 'const' or kind == 'newout' or kind == 'gen' or kind:match('^out')
         if not hidden and not (optional and brief) then
            local v = w[arg.name]
            if v == nil then v = by_kind(arg, type_) end
            if v == nil then usable = false end
            if kind == 'dims' and type(v) == 'table' then
               for _, size in ipairs(v) do
                  n = n + 1
                  values[n], names[n] = size, arg.name
               end
            else
               n = n + 1
               values[n], names[n] = v, arg.name
            end
         end
      end
      if usable then calls[#calls + 1] = {values = values, names = names, n = n} end
   end
   return calls
end

return A
