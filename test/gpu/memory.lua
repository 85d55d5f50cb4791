--- Memory of the GPUs: counts, temporaries, the end of memory, the caching allocator. Part of
-- test_cutorch_devices.lua: returns a function of the checks.
local function collect()
   collectgarbage()
   collectgarbage()
end

local function counts(check)
   local eq, ok = check.eq, check.ok
   collect()
   local before, objects = cutorch.memoryStats().inUse, torch.memorystats().objects
   local x = torch.CudaTensor(1000, 100):fill(1)
   ok(cutorch.memoryStats().inUse >= before + 400000, 'memoryStats counts what is in use')
   ok(cutorch.memoryStats().peak >= before + 400000, 'and its peak')
   local view = x:t()
   local y, s = x + 1, x:storage()
   local z = x:clone():resize(10):resize(200000)
   y = x:float():cuda():double()
   x, view, y, z, s = nil, nil, nil, nil, nil
   collect()
   eq(cutorch.memoryStats().inUse, before, 'what is in use goes back to where it was')
   eq(torch.memorystats().objects, objects, 'so do the objects')
   for _ = 1, 20 do
      pcall(function() return torch.CudaTensor(2):add(torch.CudaTensor(3)) end)
      pcall(function() return torch.CudaTensor{1, 2, 'x'} end)
      pcall(function() return torch.CudaTensor(2, 2):cmul(torch.FloatTensor(2, 2)) end)
   end
   collect()
   eq(cutorch.memoryStats().inUse, before, 'errors keep no memory')
   eq(torch.memorystats().objects, objects, 'errors keep no objects')
   local free, total = cutorch.getMemoryUsage()
   ok(free > 0 and free <= total, 'getMemoryUsage')
   eq({cutorch.getMemoryUsage(1)}, {cutorch.getMemoryUsage()}, 'getMemoryUsage(1)')
end

-- Temporaries of many times the GPU's memory, and nobody calls the collector.
local function temporaries(check)
   collect()
   local elements = 2 ^ 20
   local x = torch.CudaTensor(elements):fill(1)
   local before = cutorch.memoryStats().inUse
   local most = 0
   for _ = 1, 200 do
      local y = x + 1
      most = math.max(most, cutorch.memoryStats().inUse - before)
   end
   check.ok(most <= 96 * 2 ^ 20, ('a loop of temporaries stays flat: %d MB at most'):format(most / 2 ^ 20))
end

-- Asks for more than there is, in one and in many pieces.
local function end_of_memory(check)
   local eq, ok, match = check.eq, check.ok, check.match
   collect()
   cutorch.releaseMemory()
   local before, objects = cutorch.memoryStats().inUse, torch.memorystats().objects
   local _, total = cutorch.getMemoryUsage()
   local fine, message = pcall(torch.CudaTensor, total) -- four times as many bytes
   message = not fine and tostring(message) or 'no error'
   match(message, 'GPU 1', 'out of memory names the GPU')
   match(message, ('%d bytes'):format(4 * total), 'out of memory names the bytes')
   eq(torch.CudaTensor(10):fill(3):sum(), 30, 'and life goes on')
   collect()
   eq(cutorch.memoryStats().inUse, before, 'a failed request keeps no memory')
   eq(torch.memorystats().objects, objects, 'nor objects')
   if total > 2 ^ 32 then return end -- a real GPU: filling it serves nobody
   local piece = math.floor(total / 8 / 4)
   local held = {}
   fine, message = pcall(function()
      for i = 1, 20 do held[i] = torch.CudaTensor(piece) end
   end)
   match(not fine and tostring(message) or 'no error', 'out of memory', 'memory has an end')
   ok(#held >= 6, 'which is where it should be: ' .. #held .. ' eighths')
   held[1]:fill(2)
   eq(held[1][piece], 2, 'what is held stays usable')
   local grown = held[2]
   fine = pcall(grown.resize, grown, 4 * piece)
   eq({fine, grown:nElement()}, {false, piece}, 'what could not grow keeps its size')
   held = nil
   grown = nil
   -- now all of it is garbage, which the allocator has to find by itself
   fine, message = pcall(function()
      for _ = 1, 20 do torch.CudaTensor(piece) end
   end)
   ok(fine, 'garbage is collected when memory ends: ' .. tostring(message))
   collect()
   eq(cutorch.memoryStats().inUse, before, 'all of it comes back')
end

-- Little temporaries are cut from slabs, which go back when nothing of them is in use.
local function slabs(check)
   local before, list = cutorch.memoryStats(), {}
   for i = 1, 1500 do list[i] = torch.CudaTensor(10):fill(i) end
   check.ok(cutorch.memoryStats().misses - before.misses <= 2, 'few requests of the driver')
   local apart = true
   for i = 1, 1500, 7 do apart = apart and list[i][1] == i and list[i][10] == i end
   check.ok(apart, 'small blocks do not overlap')
   list = nil
   collect()
   cutorch.releaseMemory()
   local after = cutorch.memoryStats()
   check.eq(after.inUse, before.inUse, 'all of them come back')
   check.ok(after.cached <= before.cached + 2 ^ 20, 'and so do the slabs')
end

-- Blocks of a training run over sequences of changing length, as a trace: {size of a new block} or {block to free}.
local function trace(steps)
   local list, held, seed = {}, {}, 7
   local function draw(n)
      seed = (seed * 1103515245 + 12345) % 2147483648
      return math.floor(seed / 65536) % n
   end
   local function make(elements)
      list[#list + 1] = {elements = elements}
      held[#held + 1] = #list
   end
   for _ = 1, 10 do list[#list + 1] = {elements = 1000 + 512 * draw(4000)} end -- parameters, which stay
   for _ = 1, steps do
      local length = 20 + draw(180)
      for layer = 1, 4 do -- forward
         make(16 * length * 512 * layer)
         make(256 * length)
         make(10)
      end
      while #held > 0 do -- backward: a gradient, and what it was made of goes
         local i = table.remove(held)
         list[#list + 1] = {elements = list[i].elements}
         list[#list + 1] = {free = i}
         list[#list + 1] = {free = #list - 1}
      end
   end
   return list
end

-- Replays a trace: the most bytes that blocks took, those that the driver gave, and requests of it in the second half.
local function replay(list)
   local held, live, peak, reserved, misses = {}, 0, 0, 0, 0
   local before = cutorch.memoryStats()
   for at, event in ipairs(list) do
      if event.elements then
         held[at] = torch.CudaStorage(event.elements)
         live = live + 4 * event.elements
      else
         held[event.free]:resize(0)
         live = live - 4 * list[event.free].elements
      end
      local now = cutorch.memoryStats()
      peak, reserved = math.max(peak, live), math.max(reserved, now.inUse + now.cached - before.inUse - before.cached)
      if at == math.floor(#list / 2) then misses = now.misses end
   end
   return peak, reserved, cutorch.memoryStats().misses - misses
end

local function fragmentation(check)
   cutorch.releaseMemory()
   local before = cutorch.memoryStats()
   local peak, reserved, misses = replay(trace(60))
   check.ok(reserved <= 2.5 * peak, ('a trace of changing sizes: %.1f MiB taken for at most %.1f in use'):format(reserved / 2 ^ 20, peak / 2 ^ 20))
   check.ok(misses <= 2, ('it settles: %d requests of the driver in its second half'):format(misses))
   local now, text = cutorch.memoryStats(), cutorch.memorySummary()
   check.match(text, ('in use by tensors   %.1f MiB, at most %.1f MiB'):format(now.inUse / 2 ^ 20, now.peak / 2 ^ 20):gsub('%.', '%%.'), 'memorySummary: in use')
   check.match(text, ('kept for reuse      %.1f MiB'):format(now.cached / 2 ^ 20):gsub('%.', '%%.'), 'memorySummary: kept')
   check.match(text, ('requests            %d, '):format(now.hits + now.misses), 'memorySummary: requests')
   check.ok(now.hits + now.misses - before.hits - before.misses > 60 * 20, 'it counts all of them')
   collect()
   cutorch.releaseMemory()
   check.eq(cutorch.memoryStats().inUse, before.inUse, 'a trace leaves nothing in use')
   check.ok(cutorch.memoryStats().cached <= before.cached + 2 ^ 22, 'joined blocks go back to the driver')
end

-- Tensors of many sizes that come and go hold what was put into them.
local function apart(check)
   local held, wrong, seed = {}, 0, 3
   for i = 1, 400 do
      seed = (seed * 1103515245 + 12345) % 2147483648
      local r = math.floor(seed / 65536)
      local slot = r % 40 + 1
      local old = held[slot]
      if old then
         if not (old.x:min() == old.value and old.x:max() == old.value) then wrong = wrong + 1 end
         old.x:storage():resize(0)
      end
      held[slot] = {x = torch.CudaTensor(r % 7 == 0 and r % 3000 + 1 or r % 7 == 1 and 20 * r + 1 or r + 1):fill(i), value = i}
   end
   check.eq(wrong, 0, 'tensors that come and go keep their elements')
end

local function cache(check)
   local eq, ok = check.eq, check.ok
   collect()
   cutorch.releaseMemory()
   local enabled = os.getenv('THC_CACHING_ALLOCATOR') ~= '0'
   eq(cutorch.isCachingAllocatorEnabled(), enabled, 'isCachingAllocatorEnabled')
   -- free blocks share slabs and segments with what is in use
   ok(cutorch.memoryStats().cached < 2 ^ 23, 'releaseMemory leaves nothing cached')
   torch.CudaTensor(100000):fill(1)
   collect()
   local stats = cutorch.memoryStats()
   if not enabled then
      eq({stats.cached, stats.hits}, {0, 0}, 'without the cache nothing is kept')
      return
   end
   ok(stats.cached >= 400000, 'freed memory is kept')
   local free = cutorch.getMemoryUsage()
   local x = torch.CudaTensor(99900)
   local now = cutorch.memoryStats()
   eq({now.hits, now.misses}, {stats.hits + 1, stats.misses}, 'and serves the next request of about that size')
   ok(cutorch.getMemoryUsage() < free, 'what is kept counts as free')
   x = nil
   collect()
   eq(cutorch.getMemoryUsage(), free, 'and is so again')
   cutorch.reserveStreams(1)
   cutorch.setStream(1)
   local misses = cutorch.memoryStats().misses
   local y = torch.CudaTensor(100000)
   eq(cutorch.memoryStats().misses, misses + 1, 'memory of one stream is not handed to another')
   cutorch.setDefaultStream()
   y = nil
   collect()
   cutorch.releaseMemory()
   ok(cutorch.memoryStats().cached < 2 ^ 23, 'releaseMemory')
   slabs(check)
   fragmentation(check)
   apart(check)
   local all = {}
   for i = 1, 100 do all[i] = torch.CudaTensor(i * 37):fill(i) end
   for i = 1, 100 do
      if all[i]:double():sum() ~= i * i * 37 then check.ok(false, 'blocks overlap') end
   end
end

return function(check)
   torch.CudaTensor(10):fill(1):sum() -- scratch memory, which a GPU keeps once it has it
   counts(check)
   temporaries(check)
   end_of_memory(check)
   cache(check)
end
