-- Queues of jobs between threads. Pools have their own; these are for programs that divide work in another way.
local C = require 'libthreads'
local pack = require 'threads.pack'
local refuse = require('torch.arguments').error

local Queue = C.queue -- methods id, free, size, isempty and isfull

--- queue:addjob(callback, ...): a job, callback(...), for whoever takes it; waits while the queue is full. Values travel as in
-- pools.
function Queue:addjob(callback, ...)
   if type(callback) ~= 'function' then refuse('addjob', 1, 'callback', 'function expected, got %s', torch.type(callback)) end
   local list, n = pack.pack(require(self:by()), callback, ...)
   while not self:put(unpack(list, 1, n)) do end
end

local function call(callback, ...) return callback(...) end

-- Runs a job that was taken; takes it first.
local function run(self, ways, ...)
   if not ways then return run(self, self:take()) end
   return call(pack.unpack(require(self:by()), ways, ...))
end

--- queue:dojob(): takes the oldest job, waiting for one, runs it here and returns what it returns. Its errors are raised here.
function Queue:dojob() return run(self, self:take()) end

--- threads.Queue(size [, serialization]) -> queue: a new queue for so many jobs, whose values travel by that module:
-- 'threads.serialize', 'threads.sharedserialize' or one like them. threads.Queue(id): the queue of that number (queue:id()), in
-- any thread; it lives as long as one of its userdata.
return function(size, serialization)
   if type(size) ~= 'number' or size < 1 or size ~= math.floor(size) then
      refuse('threads.Queue', 1, 'size', 'number of jobs, or the id of a queue, expected, got %s', tostring(size))
   end
   if serialization == nil then return C.newqueue(size) end
   if type(serialization) ~= 'string' then
      refuse('threads.Queue', 2, 'serialization', 'name of a module expected, got %s', torch.type(serialization))
   end
   require(serialization)
   return C.newqueue(size, serialization)
end
