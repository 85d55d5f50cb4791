--- Wrong arguments of every kind to every operation, with tensors of GPUs: an error, never a crash nor a fault
-- on the GPU, and nothing left behind.  TRACE=1 names each row before it runs;  SEED=n draws other arguments.
require 'cutorch'
local here = arg[0]:match('^(.*)/') or '.'
local lua = here .. '/../lua'
local check, T = dofile(lua .. '/check.lua'), dofile(lua .. '/optest.lua')
local trace = os.getenv('TRACE')
local gpus = cutorch.getDeviceCount()

local function name_of(type_) return 'torch.' .. (type_ == 'Float' and 'Cuda' or 'Cuda' .. type_) .. 'Tensor' end
local function class(type_) return torch.getmetatable(name_of(type_)) end

local function far(type_) return cutorch.withDevice(gpus, function() return class(type_).new(3):fill(1) end) end
local function near(type_) return torch.getmetatable('torch.' .. type_ .. 'Tensor').new(3, 3) end
local faults = {}
local W = assert(loadfile(lua .. '/wrong.lua')){check = check, T = T, class = class,
   strangers = {near, near, far, function() return torch.LongTensor{1, 2} end, function() return torch.CudaStorage(2) end,
      function(type_) return {class(type_).new(2), near(type_)} end, function(type_) return {far(type_), class(type_).new(3)} end},
   inspect = function(row, err)
      if tostring(err):find('CUDA error') and not faults[row.name] then
         faults[row.name] = true
         check.ok(false, row.name .. ' harms the GPU: ' .. tostring(err))
      end
   end}

for _, row in ipairs(T.cases) do
   local types = row.lua == 'handwritten' and {'Float', 'Byte', 'Half'} or row.cuda or {}
   if W.visits(row) then
      for _, type_ in ipairs(types) do
         if trace then io.stderr:write(row.name, ' ', type_, '\n') end
         W.forget()
         local before = T.objects()
         local memory = cutorch.memoryStats().inUse
         local mt = class(type_)
         local own = rawget(mt, 'torch')[row.name]
         local f = type(own) == 'function' and own or row.lua == 'handwritten' and #row.functions > 0 and torch[row.name]
         if type(f) == 'function' then W.walk(row, row.functions, f, 'torch.' .. row.name, type_) end
         local m = mt[row.name]
         if #row.methods > 0 and m then W.walk(row, row.methods, m, 'x:' .. row.name, type_) end
         W.forget()
         local after = T.objects()
         check.ok(after <= before, ('%s of %s leaves nothing: %d objects, %d before'):format(row.name, name_of(type_), after, before))
         check.ok(cutorch.memoryStats().inUse <= memory + 2 ^ 20, ('%s of %s leaves no memory'):format(row.name, name_of(type_)))
      end
      check.eq(cutorch.getDevice(), 1, row.name .. ' leaves the current GPU')
   end
end

-- ---- tensors of two GPUs in one call ----

-- Rows that touch no elements, or fill and copy, wherever the tensor is.
local anywhere = {}
for name in ([[diag eye fill isContiguous isSameSizeAs isSetTo linspace logspace nElement numel narrow ones onesLike range
   reshape resizeAs transpose unfold zero zeros zerosLike]]):gmatch('%S+') do anywhere[name] = true end

local A = dofile(here .. '/arguments.lua')
local function moved(x, type_, gpu)
   local element = torch.typename(x):match('^torch%.(%a+)Tensor$')
   return cutorch.withDevice(gpu, function() return x:type(name_of(element == 'Float' and type_ == 'Half' and 'Half' or element)) end)
end

-- Where the tensors are among the arguments: {position [, place in a list]}
local function places(c)
   local list = {}
   for i = 1, c.n do
      local v = c.values[i]
      if torch.isTensor(v) then list[#list + 1] = {i} end
      for k = 1, type(v) == 'table' and #v or 0 do list[#list + 1] = {i, k} end
   end
   return list
end

local function with_one_far(c, type_, place)
   local args = {}
   for i = 1, c.n do
      local v = c.values[i]
      if torch.isTensor(v) then args[i] = moved(v, type_, place[1] == i and 2 or 1)
      elseif type(v) == 'table' then
         args[i] = {}
         for k = 1, #v do args[i][k] = moved(v[k], type_, place[1] == i and place[2] == k and 2 or 1) end
      else args[i] = v end
   end
   return args
end

-- Calls that are wrong besides count when they raise; `told` notes the rows that named the GPU.
local told, asked = {}, {}
local function check_apart(row, form, type_, method)
   for _, c in ipairs(A.calls(row, form, type_)) do
      for _, place in ipairs(places(c)) do
         local args = with_one_far(c, type_, place)
         local f = method and torch.isTensor(args[1]) and args[1][row.name] or not method and torch[row.name]
         if f then
            asked[row.name] = true
            local ok, err = pcall(f, unpack(args, 1, c.n))
            if not ok and tostring(err):find('GPU 2') then told[row.name] = true end
            if ok and not anywhere[row.name] then
               check.ok(false, ('%s of %s refuses argument %d from another GPU'):format(row.name, type_, place[1]))
            end
         end
      end
   end
end

for _, row in ipairs(gpus >= 2 and T.cases or {}) do
   for _, type_ in ipairs{row.cuda and row.cuda[1], row.cuda and row.cuda[#row.cuda]} do
      for _, form in ipairs(row.functions) do check_apart(row, form, type_, false) end
      for _, form in ipairs(row.methods) do check_apart(row, form, type_, true) end
   end
end
for name in pairs(asked) do
   if not anywhere[name] then check.ok(told[name], name .. ' says which argument is on GPU 2') end
end

-- ---- constructors, storages, elements ----

local pick, draw, tensor, strange, counts = W.pick, W.draw, W.tensor, W.strange, W.counts
local nan, huge = 0 / 0, math.huge
local before = T.objects()
for _, type_ in ipairs{'Float', 'Byte', 'Long', 'Half', 'Double'} do
   local storage = torch.getmetatable((name_of(type_):gsub('Tensor', 'Storage')))
   for _, new in ipairs{class(type_).new, storage.new} do
      for _ = 1, 200 do
         local args = {}
         local n = draw(4)
         for i = 1, n do args[i] = draw(2) == 1 and pick(counts) or draw(2) == 1 and strange(type_) or tensor(type_):storage() end
         if type(args[1]) == 'string' then args[1] = {1} end
         local ok, err = pcall(new, unpack(args, 1, n))
         if not ok and type(err) ~= 'string' then check.ok(false, type_ .. ' constructor: error is ' .. type(err)) end
      end
   end
   local s = storage.new(3)
   for _ = 1, 200 do
      local y = draw(3) == 1 and s or tensor(type_)
      local k = pick{0, 1, -1, 5, nan, huge, 2 ^ 53, 'name', {1, 2}, {{}, {1}}, {{2, 1}}, {nan}, {{0, 9}}, {W.FAR}, {'x'}, {{'x'}}, torch.LongStorage{1, 9},
         torch.CudaByteTensor{1, 0, 1}, torch.ByteTensor{1, 0, 1}, torch.CudaByteTensor{7}, torch.LongTensor{1}, print, true}
      pcall(function() return y[k] end)
      pcall(function() y[k] = pick{1, nan, 'text', '3', {}, tensor('Float'), tensor(type_), print, torch.LongStorage(2)} end)
   end
   check.ok(true, type_ .. ' construction and elements survive')
end

-- ---- cutorch's own functions ----

local apart = {seed = true, seedAll = true, test = true, _sleep = true} -- test runs this very file; _sleep lasts as long as it is told
for name, f in pairs(cutorch) do
   if type(f) == 'function' and not apart[name] then
      for round = 1, 30 do
         local args = {}
         local n = draw(4) - 1
         for i = 1, n do args[i] = pick{-1, 0, 1, 2, 3, nan, huge, 2 ^ 48, 0.5, 'text', {}, {1, 2}, print, false, torch.ByteTensor(16), torch.CudaTensor(2)} end
         if name == 'reserveStreams' and type(args[1]) == 'number' and args[1] > 3 then args[1] = 1 end
         local ok, err = pcall(f, unpack(args, 1, n))
         if not ok then W.inspect({name = name}, err) end
         cutorch.setDevice(1)
         cutorch.setDefaultStream()
      end
      check.ok(true, 'cutorch.' .. name .. ' survives')
   end
end
local after
for _ = 1, 3 do -- a slot of Lua's stack may hold one until others are called
   W.forget()
   after = T.objects()
   if after <= before then break end
end
check.ok(after <= before, ('construction and elements leave nothing: %d objects, %d before'):format(after, before))
check.eq(torch.CudaTensor{1, 2, 3}:sum(), 6, 'the GPU still computes')

check.finish()
