-- What a thread of a pool runs: jobs, until the pool is closed.
local C = require 'libthreads'
local pack = require 'threads.pack'

-- In xpcall's frame: (callback, ...) -> its results
local function call(callback, ...) return callback(...) end

local function traceback(message)
   if type(message) ~= 'string' then message = tostring(message) end
   return debug.traceback(message, 2)
end

return function(worker, id, serialization)
   local by = require(serialization)
   __threadid = id -- luacheck: ignore

   local function run(...) return call(pack.unpack(by, ...)) end
   local function packed(...) return pack.pack(by, ...) end

   -- (job, ok, ...): sends what the callback returned, or why it did not.
   local function answer(job, ok, ...)
      if not ok then return C.giveresult(worker, false, job, id, tostring((...))) end
      local sent, list, n = xpcall(packed, traceback, ...)
      if not sent then return C.giveresult(worker, false, job, id, list) end
      C.giveresult(worker, true, job, id, unpack(list, 1, n))
   end

   -- (job, packed callback and arguments); false when there is no job any more
   local function work(job, ...)
      if not job then return false end
      answer(job, xpcall(run, traceback, ...))
      return true
   end

   while work(C.takejob(worker)) do end
end
