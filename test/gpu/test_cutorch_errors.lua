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

for name, f in pairs(cutorch) do
   if type(f) == 'function' and name ~= 'seed' and name ~= 'seedAll' then
      for round = 1, 30 do
         local args = {}
         local n = draw(4) - 1
         for i = 1, n do args[i] = pick{-1, 0, 1, 2, 3, nan, huge, 2 ^ 40, 0.5, 'text', {}, {1, 2}, print, false, torch.ByteTensor(16), torch.CudaTensor(2)} end
         if name == 'reserveStreams' and type(args[1]) == 'number' and args[1] > 3 then args[1] = 1 end
         local ok, err = pcall(f, unpack(args, 1, n))
         if not ok then W.inspect({name = name}, err) end
         cutorch.setDevice(1)
         cutorch.setDefaultStream()
      end
      check.ok(true, 'cutorch.' .. name .. ' survives')
   end
end
W.forget()
local after = T.objects()
check.ok(after <= before, ('construction and elements leave nothing: %d objects, %d before'):format(after, before))
check.eq(torch.CudaTensor{1, 2, 3}:sum(), 6, 'the GPU still computes')

check.finish()
