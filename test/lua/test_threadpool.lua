-- labels: quick
-- Pools of threads: jobs, their results and errors, values on their way, specific threads, ends; mutexes, counters, queues
-- and single threads.
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
local threads = require 'threads'
local ffi = require 'ffi'
ffi.cdef 'unsigned alarm(unsigned);'
ffi.C.alarm(500) -- whoever hangs fails
local Threads = threads.Threads

local function with_pool(n, f, ...)
   local pool = Threads(n, ...)
   f(pool)
   pool:terminate()
end

-- ---- jobs ----
with_pool(3, function(pool)
   local sum, count = 0, 0
   for i = 1, 1000 do
      pool:addjob(function(x) return x * 2, __threadid end, function(y, id)
         sum, count = sum + y, count + 1
         if id < 1 or id > 3 then error('no such thread') end
      end, i)
   end
   pool:synchronize()
   check.eq(sum, 1000 * 1001, 'the sum of what 1000 jobs return')
   check.eq(count, 1000, 'as many endcallbacks')
   check.ok(not pool:hasjob() and not pool:haserror(), 'nothing is left')
   check.eq(pool.N, 3, 'N')
   pool:dojob() -- returns at once
end)

with_pool(1, function(pool) -- one thread runs jobs in order
   local order = {}
   for i = 1, 20 do pool:addjob(function() return i end, function(k) order[#order + 1] = k end) end
   pool:synchronize()
   local sorted = true
   for i = 1, 20 do sorted = sorted and order[i] == i end
   check.ok(sorted, 'jobs of one thread end in the order in which they were added; upvalues are those of then')
end)

with_pool(2, function(pool)
   local got
   pool:addjob(function(...) return select('#', ...), ... end, function(...) got = {n = select('#', ...), ...} end,
      nil, 'a\0b', true, {x = {1, 2}}, nil)
   pool:synchronize()
   check.eq(got.n, 6, 'nils travel, at the end, too')
   check.eq({got[1], got[3], got[4], got[5]}, {5, 'a\0b', true, {x = {1, 2}}}, 'and other values')
   pool:addjob(function(f, m) return f(3), torch.type(m), m:forward(torch.ones(2)):sum() end,
      function(...) got = {...} end, function(x) return x + 1 end, require('nn').MulConstant(4))
   pool:synchronize()
   check.eq(got, {4, 'nn.MulConstant', 8}, 'functions and objects')
end, function() require 'nn' end)

-- ---- the beginning ----
with_pool(2, function(pool)
   local seen = {}
   pool:specific(true)
   for id = 2, 1, -1 do pool:addjob(id, function() return first, second, __threadid end, function(...) seen[id] = {...} end) end
   pool:synchronize()
   check.eq(seen, {{1, 2, 1}, {2, 4, 2}}, 'functions run in each thread, in order, with its number; a job goes to its thread')
   check.error(function() pool:addjob(function() end) end, 'addjob: argument #1 %(id%): number of a thread from 1 to 2', 'no id')
   check.error(function() pool:acceptsjob(3) end, 'acceptsjob: argument #1 %(id%)', 'an id that is too large')
   check.ok(pool:acceptsjob(1), 'an empty queue accepts jobs')
end, function(id) first = id end, function() second = 2 * first end)
check.error(function() Threads(2, function(id) if id == 2 then error 'not so' end end) end,
   '%[thread 2 callback%].*test_threadpool.lua:%d+: not so.*stack traceback', 'an error at the beginning')
check.error(function() Threads(0) end, 'Threads: argument #1 %(N%)', 'no thread')
check.error(function() Threads(1, 3) end, 'Threads: argument #2 %(init%): function expected, got number', 'no function')

-- ---- errors ----
with_pool(2, function(pool)
   local function inner() error 'told' end
   local line = debug.getinfo(inner, 'S').linedefined
   pool:addjob(function() inner() end, function() error 'never' end)
   check.error(function() pool:synchronize() end,
      '%[thread %d callback%] .*test_threadpool.lua:' .. line .. ': told\nstack traceback:.*in function .inner', 'an error of a callback')
   check.ok(pool:haserror() and not pool:hasjob(), 'which pool:haserror() knows')
   pool:addjob(function() return 1 end, function() error 'here' end)
   check.error(function() pool:dojob() end, '%[thread %d endcallback%] .*here\nstack traceback', 'an error of an endcallback')
   check.ok(pool:haserror(), 'which pool:haserror() knows, too')
   pool:addjob(function() torch.ones(3):narrow(1, 2, 7) end)
   check.error(function() pool:dojob() end, 'narrow: argument #3 %(size%)', 'an error of torch')
   pool:addjob(function() error{} end)
   check.error(function() pool:dojob() end, '%[thread %d callback%] table', 'an error that is no text')
   pool:addjob(function() return coroutine.wrap(print) end)
   check.error(function() pool:dojob() end, 'Unwritable object <function>', 'a result that cannot travel')
   check.error(function() pool:addjob(function() end, nil, coroutine.wrap(print)) end, 'Unwritable object <function>', 'nor can an argument')
   check.error(function() pool:addjob(3) end, 'addjob: argument #1 %(callback%): function expected, got number', 'no callback')
   check.error(function() pool:addjob(function() end, 3) end, 'addjob: argument #2 %(endcallback%)', 'no endcallback')
   check.ok(not pool:hasjob(), 'refused jobs are none')
   local ended = 0
   for i = 1, 10 do
      local function job() if i % 2 == 0 then error 'even' end end
      repeat local added = pcall(pool.addjob, pool, job, function() ended = ended + 1 end) until added
   end
   while pool:hasjob() do pcall(pool.dojob, pool) end
   check.eq(ended, 5, 'jobs go on after errors')
end)

-- ---- queues ----
with_pool(2, function(pool)
   local gate = threads.Mutex()
   gate:lock()
   local id, added = gate:id(), 0
   while pool:acceptsjob() do
      pool:addjob(function() local m = require('threads').Mutex(id) m:lock() m:unlock() end)
      added = added + 1
   end
   check.ok(added >= 2 and added <= 4, 'a queue takes N jobs beside those that run')
   gate:unlock()
   pool:synchronize()
   check.ok(pool:acceptsjob(), 'and is free again')
end)

-- ---- tensors ----
check.eq(Threads.serialization(), 'threads.serialize', 'copies are the default')
with_pool(2, function(pool)
   local x, same = torch.zeros(4), nil
   pool:addjob(function() x:fill(1) return x end, function(y) same = y end)
   pool:synchronize()
   check.eq({x:sum(), same:sum()}, {0, 4}, 'copies')
end)
check.eq(threads.serialization('threads.sharedserialize'), 'threads.sharedserialize', 'the package is the class, too')
with_pool(3, function(pool)
   local x, s, tables = torch.zeros(3, 100), torch.LongStorage(5):fill(2), {torch.FloatTensor(2):zero(), deep = {torch.ByteTensor(3):zero()}}
   tables.again = tables[1]
   local view, back = x:t(), nil
   for i = 1, 3 do pool:addjob(function(y) x[i]:fill(i) y:select(2, i):add(1) end, nil, view) end
   pool:synchronize()
   check.eq(x:sum(), 100 * (2 + 3 + 4), 'a tensor is shared as an upvalue and as an argument')
   pool:addjob(function(s, t)
      s[1] = 7
      t[1]:fill(3)
      t.deep[1]:fill(4)
      return s, t, rawequal(t[1], t.again)
   end, function(...) back = {...} end, s, tables)
   pool:synchronize()
   check.eq({s[1], tables[1]:sum(), tables.deep[1]:sum()}, {7, 6, 12}, 'storages, and tensors of tables')
   check.ok(back[3] and torch.pointer(back[1]) == torch.pointer(s) and torch.pointer(back[2][1]) == torch.pointer(tables[1]),
      'they come back as the same objects')
   check.eq({torch.deserialize(torch.serialize(x)):sum(), torch.typename(x)}, {900, 'torch.DoubleTensor'}, 'serialization is as it was')
   check.error(function() pool:addjob(function() end, nil, {x, coroutine.wrap(print)}) end, 'Unwritable', 'and after an error')
   check.ok(torch.pointer(torch.deserialize(torch.serialize(x))) ~= torch.pointer(x), 'too')
   local e
   pool:addjob(function() return torch.Tensor() end, function(t) e = t end)
   pool:synchronize()
   check.eq(e:nElement(), 0, 'an empty tensor')
end)

-- a tensor that a thread made outlives it
do
   local pool, made = Threads(2), nil
   pool:addjob(function() return {torch.range(1, 1e5)} end, function(t) made = t[1] end)
   pool:terminate()
   check.eq(made:sum(), 1e5 * (1e5 + 1) / 2, 'a tensor outlives its thread')
   check.error(function() pool:addjob(function() end) end, 'addjob: the pool of threads has been terminated', 'no pool any more')
   pool:terminate()
   pool:synchronize()
end

-- ---- a loader feeds training, by many small hand-offs ----
local HANDOFFS = 100000
with_pool(4, function(pool)
   local batches, sum, n = {}, 0, 0
   for i = 1, 8 do batches[i] = torch.FloatTensor(16) end
   local function load(x, i) return x:fill(i % 10), i end
   local function train(x, i)
      n = n + 1
      sum = sum + (x[1] == i % 10 and x[16] == x[1] and 1 or 0)
      batches[#batches + 1] = x
   end
   for i = 1, HANDOFFS do
      while #batches == 0 do pool:dojob() end
      pool:addjob(load, train, table.remove(batches), i)
   end
   pool:synchronize()
   check.eq({n, sum}, {HANDOFFS, HANDOFFS}, 'every batch arrives once, whole')
end)

-- ---- mutexes, conditions, counters ----
with_pool(4, function(pool)
   local counter, mutex = threads.AtomicCounter(), threads.Mutex()
   check.eq(counter:get(), 0, 'a new counter')
   counter:set(5)
   local c, m, x = counter:id(), mutex:id(), torch.zeros(1)
   for _ = 1, 40 do
      pool:addjob(function()
         local threads = require 'threads'
         local counter, mutex = threads.AtomicCounter(c), threads.Mutex(m)
         for _ = 1, 50 do
            counter:inc()
            mutex:lock()
            x[1] = x[1] + 1
            mutex:unlock()
         end
      end)
   end
   pool:synchronize()
   check.eq({counter:get(), x[1]}, {2005, 2000}, 'a counter and a mutex of four threads')
   check.eq({counter:inc(3), counter:inc(-1), counter:get()}, {2005, 2008, 2007}, 'inc returns what was before')
   counter:set(1)
   check.eq(counter:get(), 1, 'set')
   local add = threads.safe(function(k) x[1] = x[1] + k return x[1] end)
   for _ = 1, 40 do pool:addjob(function() for _ = 1, 20 do add(1) end end) end
   pool:synchronize()
   check.eq({add(1), x[1]}, {2801, 2801}, 'safe')
   local fails = threads.safe(function() error 'inside' end)
   for _ = 1, 2 do check.error(fails, 'inside', 'safe unlocks after an error') end
end)
with_pool(1, function(pool)
   local mutex, condition, x = threads.Mutex(), threads.Condition(), torch.zeros(1)
   local m, c = mutex:id(), condition:id()
   mutex:lock()
   pool:addjob(function()
      local threads = require 'threads'
      local mutex = threads.Mutex(m)
      mutex:lock()
      x[1] = 1
      threads.Condition(c):signal()
      mutex:unlock()
   end)
   while x[1] == 0 do condition:wait(mutex) end
   mutex:unlock()
   check.eq(x[1], 1, 'a condition')
   pool:synchronize()
end)
do
   local mutex = threads.Mutex()
   check.error(function() mutex:unlock() end, 'unlock: this thread has not locked the mutex', 'unlocked twice')
   mutex:lock()
   check.error(function() mutex:lock() end, 'lock: this thread has locked the mutex already', 'locked twice')
   mutex:unlock()
   local id = mutex:id()
   mutex:free()
   mutex:free()
   check.error(function() mutex:lock() end, 'has been freed', 'a freed mutex')
   check.error(function() threads.Mutex(id) end, 'there is no threads.Mutex of number', 'its number')
   check.error(function() threads.safe(3) end, 'threads.safe: argument #1 %(f%)', 'no function')
end

-- ---- queues of jobs ----
do
   local queue = threads.Queue(3, 'threads.sharedserialize')
   local x = torch.zeros(2)
   check.ok(queue:isempty() and not queue:isfull() and queue:size() == 3, 'a new queue')
   queue:addjob(function(y, k) y:fill(k) return y, k end, x, 4)
   for i = 1, 2 do queue:addjob(function() return i end) end
   check.ok(queue:isfull(), 'a full queue')
   local y, k = queue:dojob()
   check.eq({torch.pointer(y) == torch.pointer(x), k, x:sum()}, {true, 4, 8}, 'a job runs in who takes it; tensors are shared')
   check.eq({queue:dojob(), (queue:dojob())}, {1, 2}, 'jobs are in order')
   queue:addjob(function() error 'within' end)
   check.error(function() queue:dojob() end, 'within', 'an error is that of who takes the job')
   check.error(function() queue:addjob(3) end, 'addjob: argument #1 %(callback%): function expected, got number', 'no callback')
   check.error(function() threads.Queue(0, 'threads.serialize') end, 'threads.Queue: argument #1 %(size%)', 'no room')
   check.error(function() threads.Queue(2, 3) end, 'threads.Queue: argument #2 %(serialization%)', 'no module')
   check.error(function() threads.Queue(12345) end, 'there is no threads.Queue of number 12345', 'no such queue')
   local copies = threads.Queue(1, 'threads.serialize')
   copies:addjob(function() return x:fill(1) end)
   copies:dojob()
   check.eq(x:sum(), 8, 'a queue of copies')
end

-- ---- single threads, and a queue to and from one ----
do
   local jobs, results, n = threads.Queue(2, 'threads.serialize'), threads.Queue(2, 'threads.serialize'), 0
   local thread = threads.Thread(([[
      require 'torch'
      local threads = require 'threads'
      local jobs, results = threads.Queue(%d), threads.Queue(%d)
      for _ = 1, 50 do results:addjob(function(...) return ... end, jobs:dojob()) end]]):format(jobs:id(), results:id()))
   for i = 1, 52 do
      if i <= 50 then jobs:addjob(function(k) return torch.Tensor(k):fill(k) end, i) end
      if i > 2 then n = n + results:dojob():sum() end
   end
   thread:free()
   thread:free()
   check.eq(n, 50 * 51 * 101 / 6, 'jobs to a thread and back')
   local failing = threads.Thread "local function inner() error 'no way' end\ninner()"
   check.error(function() failing:free() end, '%[thread%] thread:1: no way\nstack traceback:.*thread:2: in main chunk', 'an error of a thread')
   failing:free()
   check.error(function() threads.Thread('x ='):free() end, '%[thread%] thread:1: unexpected', 'a program that is none')
   check.error(function() threads.Thread(3) end, 'threads.Thread: argument #1 %(code%)', 'no program')
end

-- ---- many pools; pools that nobody ends ----
for _ = 1, 20 do
   local pool = Threads(2)
   for i = 1, 4 do pool:addjob(function() return torch.ones(i) end) end
end
collectgarbage()
collectgarbage()
check.ok(true, 'pools with jobs are collected')

local here = arg[-1] or 'th'
local function run(code)
   local pipe = io.popen(("'%s' -e \"%s\" 2>&1; echo rc $?"):format(here, code))
   local text = pipe:read('*a')
   pipe:close()
   return text
end
local begin = "local threads = require 'threads' local pool = threads.Threads(3) for i = 1, 6 do pool:addjob(function() return torch.ones(9) end) end "
check.match(run(begin), '^rc 0\n$', 'a program ends without terminate')
check.match(run(begin .. 'os.exit(3)'), '^rc 3\n$', 'by os.exit, too')
check.match(run(begin .. "error('so')"), 'so.*rc 1\n$', 'and by an error')

-- ---- the programs of the guide ----
local guide = assert(io.open((arg[0]:match('^(.*/)') or './') .. '../../docs/threads.md')):read('*a')
local printed = {}
for program in guide:gmatch('\n```lua\n(.-)```') do
   local name = os.tmpname()
   local file = assert(io.open(name, 'w'))
   file:write(program)
   file:close()
   local pipe = io.popen(("'%s' %s 2>&1"):format(here, name))
   printed[#printed + 1] = pipe:read('*a')
   pipe:close()
   os.remove(name)
end
check.eq(#printed, 2, 'programs in docs/threads.md')
check.ok((tonumber(printed[1]:match('^loss ([%d.]+)\n$')) or 9) < 0.5, 'the loader feeds training, which learns: ' .. printed[1])
check.eq(printed[2], '55\n', 'the counter')
check.finish()
