-- The class of pools.
local C = require 'libthreads'
local pack = require 'threads.pack'
local refuse = require('torch.arguments').error

local Threads = {}
Threads.__index = Threads
local serialization = 'threads.serialize'

--- threads.serialization([name]) -> string: how values travel in pools that are made from now on: the name of a module,
-- 'threads.serialize' (copies; the default), 'threads.sharedserialize' (tensors and storages are shared) or one like
-- them.
function Threads.serialization(name)
   if name ~= nil then
      if type(name) ~= 'string' then refuse('serialization', 1, 'name', 'name of a module expected, got %s', torch.type(name)) end
      require(name)
      serialization = name
   end
   return serialization
end

local CODE = "local worker, id = ... require 'torch' require 'threads.worker'(worker, id, %q)"

local function check_running(self, name)
   if not self.pool then error(name .. ': the pool of threads has been terminated', 3) end
end

local function check_constructor(n, ...)
   if type(n) ~= 'number' or n < 1 or n ~= math.floor(n) or n > 65536 then
      refuse('Threads', 1, 'N', 'number of threads expected, got %s', tostring(n))
   end
   for i = 1, select('#', ...) do
      local f = select(i, ...)
      if type(f) ~= 'function' then refuse('Threads', i + 1, 'init', 'function expected, got %s', torch.type(f)) end
   end
end

-- Runs the functions in every thread, one after the other.
local function initialize(self, ...)
   self:specific(true)
   for i = 1, select('#', ...) do
      for id = 1, self.N do self:addjob(id, (select(i, ...)), nil, id) end
   end
   if select('#', ...) == 0 then -- threads that cannot begin are told of here
      for id = 1, self.N do self:addjob(id, function() end) end
   end
   self:specific(false)
end

--- threads.Threads(N [, init ...]): a pool of N threads. Each has a Lua state of its own, in which torch is loaded and the
-- global __threadid is its number; the functions are called there with this number, in order, before this returns. An
-- error in one of them ends the pool and is raised here. Fields: N.
local function new(_, n, ...)
   check_constructor(n, ...)
   local self = setmetatable({N = n, by = require(serialization), jobs = {}, njobs = 0, last = 0, errors = false}, Threads)
   self.pool = C.newpool(n, package.path, package.cpath, CODE:format(serialization))
   local ok, why = pcall(initialize, self, ...)
   if not ok then
      self.pool:close()
      self.pool = nil
      error(why, 0)
   end
   return self
end

--- pool:specific([flag]) -> boolean: with true, addjob and acceptsjob take the number of a thread before their other
-- arguments; with false, the default, any thread runs a job. Waits until all jobs are done when the flag changes.
function Threads:specific(flag)
   check_running(self, 'specific')
   if flag ~= nil then
      if type(flag) ~= 'boolean' then refuse('specific', 1, 'flag', 'boolean expected, got %s', torch.type(flag)) end
      if flag ~= self.isspecific then self:synchronize() end
      self.isspecific = flag
   end
   return self.isspecific
end

-- The number of a thread: 0 is any.
local function check_id(self, name, id)
   if not self.isspecific then return 0 end
   if type(id) ~= 'number' or id < 1 or id > self.N or id ~= math.floor(id) then
      refuse(name, 1, 'id', 'number of a thread from 1 to %d expected, as the pool is specific; got %s', self.N, tostring(id))
   end
   return id
end

--- pool:acceptsjob([id]) -> boolean: whether addjob would not have to wait: a queue holds as many jobs as there are
-- threads.
function Threads:acceptsjob(id)
   check_running(self, 'acceptsjob')
   return self.pool:accepts(check_id(self, 'acceptsjob', id))
end

local function put(self, id, callback, endcallback, ...)
   if type(callback) ~= 'function' then
      refuse('addjob', id > 0 and 2 or 1, 'callback', 'function expected, got %s', torch.type(callback))
   end
   if endcallback ~= nil and type(endcallback) ~= 'function' then
      refuse('addjob', id > 0 and 3 or 2, 'endcallback', 'function expected, got %s', torch.type(endcallback))
   end
   local list, n = pack.pack(self.by, callback, ...)
   while not self.pool:put(id, self.last + 1, unpack(list, 1, n)) do self:dojob() end -- endcallbacks may add jobs, too
   self.last = self.last + 1
   self.jobs[self.last] = endcallback or false
   self.njobs = self.njobs + 1
end

--- pool:addjob([id,] callback [, endcallback], ...) -> nothing: callback(...) will run in a thread, and then
-- endcallback, with what callback returned, in this one: in dojob, synchronize, or an addjob that finds the queue full,
-- which runs endcallbacks until there is room. The values of callback's upvalues and arguments are those of now. id: in
-- specific mode only. Errors of the jobs that end meanwhile are raised as by dojob, and then this job is not added.
function Threads:addjob(...)
   check_running(self, 'addjob')
   if self.isspecific then return put(self, check_id(self, 'addjob', (...)), select(2, ...)) end
   return put(self, 0, ...)
end

-- (pool, ok, job, ...) of a result; nothing when there is none yet: once more
local function take(self, ok, ...)
   if ok == nil then return take(self, self.pool:take()) end
   return ok, ...
end

local function finish_call(self, id, ok, ...)
   if ok then return end
   self.errors = true
   error(string.format('[thread %d endcallback] %s', id, tostring((...))), 0)
end

local function finish(self, ok, job, id, ...)
   local endcallback = self.jobs[job]
   self.jobs[job] = nil
   self.njobs = self.njobs - 1
   if not ok then
      self.errors = true
      error(string.format('[thread %d callback] %s', id, tostring((...))), 0)
   end
   if not endcallback then return end
   local by, ways = self.by, ...
   if ways == nil then return end
   return finish_call(self, id, xpcall(endcallback, debug.traceback, pack.unpack(by, ...)))
end

--- pool:dojob(): waits until some job has run and calls its endcallback; returns at once when there is no job. An error of
-- the callback, with the thread's traceback, or of the endcallback is raised here, as
-- '[thread ID callback] ...' or '[thread ID endcallback] ...'.
function Threads:dojob()
   check_running(self, 'dojob')
   self.errors = false
   if self.njobs == 0 then return end
   finish(self, take(self))
end

--- pool:synchronize(): dojob until all jobs are done. After an error the rest of them are left, and a next call goes on.
function Threads:synchronize()
   if not self.pool then return end
   self.errors = false
   while self.njobs > 0 do self:dojob() end
end

--- pool:terminate(): synchronize, then ends the threads; also when a job has failed, whose error is raised afterwards. A pool
-- that nobody holds any more, or a program that ends, drops the jobs that wait and lets running ones end.
function Threads:terminate()
   if not self.pool then return end
   local ok, why = pcall(self.synchronize, self)
   self.pool:close()
   self.pool = nil
   if not ok then error(why, 0) end
end

--- pool:hasjob() -> boolean: whether a job has been added whose endcallback has not been called.
function Threads:hasjob()
   check_running(self, 'hasjob')
   return self.njobs > 0
end

--- pool:haserror() -> boolean: whether the last dojob or synchronize has raised an error of a job.
function Threads:haserror()
   check_running(self, 'haserror')
   return self.errors
end

--- pool:isrunning() -> boolean: whether the pool has not been terminated.
function Threads:isrunning() return self.pool ~= nil end

return setmetatable(Threads, {__call = new})
