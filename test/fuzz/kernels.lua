--- The kernels of nn, called as modules call them and then with arguments changed: other sizes and types, aliases,
-- odd numbers, nil. It passes when nothing crashes; under the sanitizers, when nothing is reported.
--   th test/fuzz/kernels.lua [calls=20000, or seconds as 60s] [seed=1] [trace]
require 'nn'
local here = arg[0]:match('^(.*)/') or '.'
local F = dofile(here .. '/fuzz.lua')(20000)
local draw, pick = F.draw, F.pick

local T = torch.DoubleTensor
local calls, plain = dofile(here .. '/../lua/kernel_calls.lua').recorded()

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
   if draw(20) == 1 then -- all numbers at once: products of sizes
      local number = pick(numbers)
      if number == 100 then return end -- a million elements, and long loops
      for i = 1, n do if type(args[i]) == 'number' then args[i] = number end end
      return
   end
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
local names = 0
for _ in pairs(seen) do names = names + 1 end
print(('%d calls of %d kernels, %d of them without an error, seed %d'):format(total, names, fine, F.seed))
