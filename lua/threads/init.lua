-- Pools of threads that have a Lua state each, fed with jobs by the thread that made the pool.
--
--   local threads = require 'threads'
--   local pool = threads.Threads(4, function(id) require 'torch' end)
--   for i = 1, 10 do
--      pool:addjob(function(i) return i * i, __threadid end,        -- in a thread
--                  function(square, id) print(square, id) end, i)   -- here, in dojob or synchronize
--   end
--   pool:synchronize()
--   pool:terminate()
--
-- docs/threads.md describes the package. Functions, arguments and results travel by threads.serialize, so that each state has its own copies, or by
-- threads.sharedserialize, which shares tensors and storages: threads.Threads.serialization('threads.sharedserialize').
require 'torch'
local C = require 'libthreads'
local Threads = require 'threads.threads'

-- `threads` itself can be called, and has serialization, as Threads does.
local threads = setmetatable({Threads = Threads}, {__index = Threads, __call = function(_, ...) return Threads(...) end})

--- threads.Mutex([id]): a new mutex, or the one of that number (mutex:id()), which jobs take as an argument; userdata do
-- not travel. mutex:lock(), mutex:unlock(); both raise instead of hanging when this thread has locked it, or has not.
-- mutex:free() gives it back before the collector does; it lives as long as one of its userdata, in any thread.
threads.Mutex = C.Mutex

--- threads.Condition([id]): condition:wait(mutex), with the mutex locked; condition:signal() wakes one thread that waits,
-- condition:broadcast() all. id() and free() as for a mutex.
threads.Condition = C.Condition

--- threads.AtomicCounter([id]): a whole number that all threads see, 0 at first. counter:inc([step=1]) adds to it and returns
-- what it was before; get() and set(value). id() and free() as for a mutex.
threads.AtomicCounter = C.AtomicCounter

--- threads.Queue: jobs that any thread adds and any thread runs; see threads/queue.lua.
threads.Queue = require 'threads.queue'

--- threads.Thread(code) -> thread: a thread that runs the text of a Lua program in a state of its own, in which only
-- Lua's libraries are loaded. thread:free() waits until it has ended, and raises its error, with the traceback, as
-- '[thread] ...'.
function threads.Thread(code)
   if type(code) ~= 'string' then
      require('torch.arguments').error('threads.Thread', 1, 'code', 'text of a program expected, got %s', torch.type(code))
   end
   return C.newthread(package.path, package.cpath, code)
end

local kept = {} -- mutexes that functions of threads.safe know by number

--- threads.safe(f [, mutex]) -> function: one that does what f does, in one thread at a time: it may travel to any. The
-- mutex, a new one by default, is kept as long as this state lives.
function threads.safe(f, mutex)
   if type(f) ~= 'function' then
      require('torch.arguments').error('threads.safe', 1, 'f', 'function expected, got %s', torch.type(f))
   end
   mutex = mutex or C.Mutex()
   local id = mutex:id()
   kept[id] = mutex
   return function(...)
      local own = require('threads').Mutex(id)
      own:lock()
      return require('threads.safely')(own, f, ...)
   end
end

return threads
