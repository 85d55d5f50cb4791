package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'
local threads = require 'threads'

-- Hand-offs of a pool: a job goes to a thread and its result comes back, a tensor shared each way. The last row shows
-- that waits do not get in the way of jobs: they share the processors.

threads.Threads.serialization('threads.sharedserialize')
local pool = threads.Threads(4)

local function handoffs(make)
   return function()
      local x = torch.FloatTensor(64, 3, 32, 32)
      local job = make(x)
      return function(n)
         for _ = 1, n do job() end
         pool:synchronize()
      end
   end
end

bench.run('Hand-offs of a pool of 4 threads', {
   {name = 'a shared tensor there and back', target = 5000, setup = handoffs(function(x)
      local function callback(y) return y end
      local function ended() end
      return function() pool:addjob(callback, ended, x) end
   end)},
   {name = 'the same as an upvalue of a new function', target = 30000, setup = handoffs(function(x)
      return function() pool:addjob(function() return x end, function() end) end
   end)},
   {name = 'no values, waited for one by one', target = 5000, setup = handoffs(function()
      local function callback() end
      return function()
         pool:addjob(callback)
         pool:synchronize()
      end
   end)},
   {name = 'jobs of 50 us', target = 60000, setup = handoffs(function()
      local function callback()
         local sum = 0
         for i = 1, 50000 do sum = sum + i end -- about so long, compiled
         return sum
      end
      return function() pool:addjob(callback) end
   end)},
})
pool:terminate()
