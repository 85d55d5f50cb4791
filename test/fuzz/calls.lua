--- Random calls over the operation table: right and wrong arguments, aliases, views, resizes, tensors and
-- storages of every type, empty ones too. It passes when nothing crashes; under the sanitizers, when nothing
-- is reported. The same seed draws the same calls; what new memory holds may differ.
--   th test/fuzz/calls.lua [calls=20000, or seconds as 60s] [seed=1] [trace]
-- With `trace`, every call is written to stderr before it is made: the last one is the culprit.
require 'torch'
local here = arg[0]:match('^(.*)/') or '.'
local F = dofile(here .. '/fuzz.lua')(20000)
local T = dofile(here .. '/../lua/optest.lua')
local W = assert(loadfile(here .. '/../lua/wrong.lua')){T = T, class = T.class, draw = F.draw}
local draw, pick = F.draw, F.pick

local types = require('torch.Storage').types
local MOST_ELEMENTS, POOL = 4096, 12

-- ---- what calls are made with: tensors that live on, and share storages ----

local pool = {}
for _, type_ in ipairs(types) do pool[type_] = {} end

local function fresh(type_)
   local new, kind = T.class(type_).new, draw(8)
   if kind == 1 then return new() end
   if kind == 2 then return new(draw(40)) end
   if kind == 3 then return new(draw(5), draw(5)):t() end
   if kind == 4 then return new(draw(3), 1, draw(3)):expand(draw(3), draw(4), draw(3)) end
   if kind == 6 then -- more than its storage holds
      local x = new(draw(4), draw(4), draw(4))
      x:storage():resize(draw(x:nElement()))
      return x
   end
   if kind == 5 then return new(20):narrow(1, draw(10), draw(10)) end
   if kind == 7 and draw(3) == 1 then -- up to as many dimensions as there can be
      local sizes = {}
      for d = 1, draw(64) do sizes[d] = 1 end
      local x = new(torch.LongStorage(sizes))
      for _ = 1, draw(6) do sizes[draw(#sizes)] = 2 end
      return x:expand(torch.LongStorage(sizes))
   end
   local sizes = {}
   for d = 1, draw(5) do sizes[d] = draw(4) end
   return new(torch.LongStorage(sizes))
end

local function filled(type_)
   local ok, x = pcall(fresh, type_)
   if not ok then return T.class(type_).new(3) end
   if x:dim() > 0 then
      local s = x:storage()
      for i = 1, s:size() do s[i] = draw(7) - (type_ == 'Byte' and 1 or 3) end
   end
   return x
end

-- Nothing that would take long; a tensor may also have lost its storage's end.
local function keep(x)
   local list = pool[torch.typename(x):match('^torch%.(%a+)Tensor$')]
   if not list or x:nElement() > MOST_ELEMENTS then return end
   list[#list < POOL and #list + 1 or draw(POOL)] = x
end

local function view(x)
   local kind, n = draw(6), x:dim()
   if n == 0 then return x end
   if kind == 1 then return x:narrow(draw(n), 1, 1) end
   if kind == 2 and n > 1 then return x:select(draw(n), 1) end
   if kind == 3 then return x:transpose(draw(n), draw(n)) end
   if kind == 4 then return x:unfold(draw(n), 1, draw(2)) end
   if kind == 5 and n > 0 then return x.new(x:storage(), draw(x:storage():size())) end
   return x.new(x)
end

function W.source(type_)
   local list = pool[type_]
   if #list < POOL or draw(6) == 1 then keep(filled(type_)) end
   local x = pick(list)
   if draw(4) == 1 then
      local ok, v = pcall(view, x)
      if ok then return v end
   end
   return x
end

-- ---- calls ----

local rows = {}
for _, row in ipairs(T.cases) do
   if W.visits(row) then rows[#rows + 1] = row end
end

-- A function with its forms, of a random row.
local function draw_row()
   local row = pick(rows)
   local type_ = row.lua == 'handwritten' and pick(types) or pick(row.types)
   local mt = T.class(type_)
   if draw(2) == 1 and #row.functions > 0 then
      local own = rawget(mt, 'torch')[row.name]
      return type(own) == 'function' and own or torch[row.name], row.functions, type_, 'torch.' .. row.name
   end
   return mt[row.name], row.methods, type_, 'x:' .. row.name
end

local function table_call()
   local f, forms, type_, what = draw_row()
   if not f or #forms == 0 then return end
   local args, n = W.arguments(pick(forms), type_)
   if n > 1 and draw(5) == 1 then args[draw(n)] = args[draw(n)] end
   if n > 0 and draw(12) == 1 then args[draw(n)] = W.strange(type_) end
   if draw(30) == 1 then
      n = n + 1
      args[n] = W.strange(type_)
   end
   return f, args, n, what
end

-- What is not in the table: elements, storages, functions that meddle, texts, files in memory.
local function storage_of(x) return x:storage() or x:resize(1):storage() end
-- Elements as sizes, which end at a 0; none that memory could hold, but not quickly.
local function sizes_of(x)
   local s, n = storage_of(x), 1
   for i = 1, s:size() do
      if s[i] == 0 then break end
      n = n * math.abs(s[i])
   end
   return n > MOST_ELEMENTS and n < W.FAR and s:fill(1) or s
end
local others = {
   {'x[i]', function(x) return x[draw(8) - 2] end},
   {'x[{}]', function(x) return x[pick{{draw(4)}, {draw(4), draw(4)}, {draw(4), draw(4), draw(3)}, {{1, draw(4)}}, {{}, draw(4)}}] end},
   {'x[i] = v', function(x) x[draw(8) - 2] = pick{1, 1e30, -1, 0 / 0, 300, x} end},
   {'x[{}] = v', function(x) x[pick{{draw(4)}, {draw(4), draw(4)}, {draw(4), draw(4), draw(3)}, {{1, draw(4)}}}] = pick{1, 1e30, x, W.source('Float')} end},
   {'x[LongStorage]', function(x) return x[pick{torch.LongStorage(), torch.LongStorage{1}, torch.LongStorage{1, draw(3)}}] end},
   {'x[LongStorage] = v', function(x) x[pick{torch.LongStorage(), torch.LongStorage{1}, torch.LongStorage{draw(2), 1}}] = 3 end},
   {'x[mask]', function(x) return x[W.source('Byte')] end},
   {'x[mask] = v', function(x) x[W.source('Byte')] = pick{3, x} end},
   {'storage:resize', function(x) storage_of(x):resize(draw(60) - 1) end},
   {'storage(view)', function(x) local s = storage_of(x) return x.new(torch.getmetatable(torch.typename(s)).new(s, draw(4), draw(4))) end},
   {'storage[i]', function(x) local s = storage_of(x) s[draw(5)] = draw(9) return s[draw(5)] end},
   {'storage:copy', function(x) storage_of(x):copy(storage_of(W.source(pick(types)))) end},
   {'storage:fill', function(x) storage_of(x):fill(pick{1, -1, 1e30}) end},
   {'set', function(x) x:set(storage_of(x), draw(9), draw(4), draw(9) - 1, draw(4), draw(4) - 1) end},
   {'set sizes', function(x) x:set(storage_of(x), draw(5), sizes_of(W.source('Long'))) end},
   {'resize sizes', function(x) x:resize(torch.LongStorage{draw(4), draw(4)}) end},
   {'resize by own sizes', function() local x = W.source('Long') x:resize(sizes_of(x)) end},
   {'apply', function(x) x:apply(function(v) if draw(9) == 1 then storage_of(x):resize(draw(50) - 1) end return v + 1 end) end},
   {'map', function(x) x:map(W.source('Double'), function(v, w) if draw(9) == 1 then x:resize(draw(50)) end return w end) end},
   {'tostring', function(x) return #tostring(x) + #tostring(storage_of(x)) end},
   {'serialize', function(x) return torch.deserialize(torch.serialize({x, x, storage_of(x)}, pick{'binary', 'ascii'}))[1] end},
   {'copy', function(x) x:copy(W.source(pick(types))) end},
   {'type', function(x) return x:type('torch.' .. pick(types) .. 'Tensor') end},
   {'collectgarbage', function() collectgarbage() end},
   {'set()', function(x) x:set() end},
}
local function other_call()
   local other = pick(others)
   return other[2], {W.source(pick(types))}, 1, other[1]
end

local function describe(v)
   if torch.isTensor(v) then return torch.typename(v):sub(7) .. '[' .. table.concat(v:size():totable(), 'x') .. ']' end
   if torch.isStorage(v) then return torch.typename(v):sub(7) .. '{' .. table.concat(v:totable(), ',') .. '}' end
   if type(v) == 'table' then
      local list = {}
      for i, e in ipairs(v) do list[i] = describe(e) end
      return '{' .. table.concat(list, ', ') .. '}'
   end
   return tostring(v)
end

local function show(k, what, args, n)
   local list = {}
   for i = 1, n do list[i] = describe(args[i]) end
   io.stderr:write(k, ' ', what, '(', table.concat(list, ', '), ')\n')
end

-- Results join the pool; arguments that have grown leave it.
local function settle(args, n, ...)
   for i = 1, select('#', ...) do
      local v = select(i, ...)
      if torch.isTensor(v) then keep(v) end
   end
   for i = 1, n do
      local x = args[i]
      if torch.isTensor(x) and x:nElement() > MOST_ELEMENTS then x:set() end
   end
end

local total, fine, why = 0, 0, nil
for k in F.rounds() do
   total = k
   local f, args, n, what = (draw(4) == 1 and other_call or table_call)()
   if f then
      if F.trace then show(k, what, args, n) end
      local results = {pcall(f, unpack(args, 1, n))}
      if results[1] then
         fine = fine + 1
         settle(args, n, unpack(results, 2))
      else
         settle(args, n)
         if type(results[2]) == 'string' and results[2]:find("'%?'") then why = what .. ': ' .. results[2] end
      end
   end
end
print(('%d calls, %d of them without an error, seed %d'):format(total, fine, F.seed))
if why then
   print('an error that does not name its function: ' .. why)
   os.exit(1)
end
