--- The kernels of nn, called as modules call them and then with arguments changed: other sizes and types, aliases,
-- odd numbers, nil. It passes when nothing crashes; under the sanitizers, when nothing is reported.
--   th test/fuzz/kernels.lua [calls=20000, or seconds as 60s] [seed=1] [trace]
require 'nn'
local F = dofile((arg[0]:match('^(.*)/') or '.') .. '/fuzz.lua')(20000)
local draw, pick = F.draw, F.pick

-- ---- calls as modules make them ----

local kernels = nn.THNN.kernels['torch.DoubleTensor']
local plain, calls = {}, {}
for name, f in pairs(kernels) do plain[name] = f end
for name, f in pairs(plain) do
   kernels[name] = function(...)
      local call = {name = name, n = select('#', ...)}
      for i = 1, call.n do
         local v = select(i, ...)
         call[i] = torch.isTensor(v) and v:clone() or v
      end
      calls[#calls + 1] = call
      return f(...)
   end
end

local T = torch.DoubleTensor
local mapped, copied = require('nn.selftest').mapped, require('nn.selftest').copied
for _, item in ipairs(require('nn.selftest').cases()) do
   local m, input, target = item.case[1], item.case[2], item.case[3]
   m:double()
   if not item.case.bare then input = mapped(input, function(t) return t:uniform(.1, .9) end) end
   if item.kind == 'module' then m:backward(input, copied(m:forward(input)))
   else
      m:forward(input, target)
      m:backward(input, target)
   end
end
local indexed = nn.IndexLinear(5, 3):double()
local features = {torch.LongTensor{1, 5, 2}, T{1, 2, 3}}
indexed:backward(features, indexed:forward(features))
indexed:updateParameters(.1)
indexed:accUpdateGradParameters(features, indexed.output, .1)
local sparse = nn.SparseLinear(5, 3):double()
sparse:forward(T{{2, 2}, {5, -1}})
sparse:backward(T{{2, 2}, {5, -1}}, T(3):fill(1))
dofile((arg[0]:match('^(.*)/') or '.') .. '/../lua/kernel_calls.lua')(kernels)
for name, f in pairs(plain) do kernels[name] = f end

-- ---- changes ----

local function tensor(x)
   local new, kind = x.new, draw(9)
   if kind == 1 then return new() end
   if kind == 2 then return new(draw(7)):fill(1) end
   if kind == 3 and x:dim() > 0 then return x:narrow(draw(x:dim()), 1, 1) end
   if kind == 4 and x:dim() > 1 then return x:transpose(1, x:dim()) end
   if kind == 5 and x:dim() > 1 then return x:select(1, 1) end
   if kind == 6 and x:dim() > 0 then return x:view(1, -1) end
   if kind == 7 then
      x:storage():resize(draw(9))
      return x
   end
   if kind == 8 then return torch.FloatTensor(2, 3):fill(1) end
   local sizes = {}
   for d = 1, draw(5) do sizes[d] = draw(4) end
   return new(torch.LongStorage(sizes)):fill(draw(7) - 2)
end
local numbers = {-2, -1, 0, 1, 2, 3, 5, 7, 100, 2 ^ 31 - 1, -2 ^ 31, 0.5, 0 / 0, 1e30}

local function change(args, n)
   local i = draw(n)
   local v = args[i]
   if draw(12) == 1 then args[i] = args[draw(n)]
   elseif draw(40) == 1 then args[i] = nil
   elseif torch.isTensor(v) then
      local ok, other = pcall(tensor, v)
      if ok then args[i] = other end
   elseif type(v) == 'number' then args[i] = pick(numbers)
   elseif type(v) == 'boolean' then args[i] = not v
   elseif v == nil then args[i] = draw(2) == 1 and T(3, 2):fill(1) or nil end
end

local function show(k, name, args, n)
   local list = {}
   for i = 1, n do
      local v = args[i]
      list[i] = torch.isTensor(v) and torch.typename(v):sub(7) .. '[' .. table.concat(v:size():totable(), 'x') .. ']' or tostring(v)
   end
   io.stderr:write(k, ' ', name, '(', table.concat(list, ', '), ')\n')
end

local total, fine, seen = 0, 0, {}
for k in F.rounds() do
   total = k
   local call = pick(calls)
   local args = {}
   for i = 1, call.n do args[i] = torch.isTensor(call[i]) and call[i]:clone() or call[i] end
   for _ = 1, draw(3) - 1 do change(args, call.n) end
   if F.trace then show(k, call.name, args, call.n) end
   if pcall(plain[call.name], unpack(args, 1, call.n)) then fine = fine + 1 end
   seen[call.name] = true
end
local names, all = 0, 0
for name in pairs(plain) do
   all = all + 1
   if seen[name] then names = names + 1 end
end
print(('%d calls of %d kernels (of %d), %d of them without an error, seed %d'):format(total, names, all, fine, F.seed))
