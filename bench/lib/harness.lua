-- Times a list of cases: ours, the peer's (PyTorch, when PYTHON or python3 can import it) and what the
-- machine allows, in interleaved repetitions of one run; prints medians and ratios.
--
--   local bench = require 'harness'
--   bench.run('title', {
--      {name = 'x:add(1), 10 elements',
--       setup = function() local x = torch.Tensor(10) return function(n) for i = 1, n do x:add(1) end end end,
--       peer = 'x.add_(1)', peer_setup = 'x = torch.zeros(10, dtype=torch.double)',
--       peer_end = '',             -- optional: once, after the iterations
--       per = 1,                   -- elements in one iteration: times are per element
--       limit = bench.read(bytes), -- optional: function() returning a function(n)
--       target = 100},             -- nanoseconds, printed beside
--   })
local ffi = require 'ffi'
require 'torch'

ffi.cdef[[
float bench_read(const float *x, int64_t n, int threads);
void bench_add(float *z, const float *x, const float *y, int64_t n, int threads);
void bench_copy(float *z, const float *x, int64_t n, int threads);
double bench_fma(int64_t n, int threads);
void bench_sgemm(const float *a, const float *b, float *c, int n);
]]

local M = {}
local root = (arg and arg[0] or ''):match('^(.*)/bench/[^/]*$') or '.'
local limits = ffi.load(root .. '/build/bench/bench_limits.so')
M.limits = limits
M.root = root

local SECONDS, REPEATS = tonumber(os.getenv('BENCH_SECONDS')) or 0.05, 9
local threads = tonumber(os.getenv('BENCH_THREADS')) or torch.getnumcores()
torch.setnumthreads(threads)
M.threads = threads

--- Whether a command of the shell succeeds; os.execute tells it in two ways, that of Lua 5.1 and that of 5.2.
function M.succeeds(command)
   local status = os.execute(command)
   return status == 0 or status == true
end

-- ---- the peer ----

local peer = {}

local function hex(s) return (s:gsub('.', function(c) return string.format('%02x', c:byte()) end)) end

function peer.start()
   local python = os.getenv('PYTHON') or 'python3'
   if not M.succeeds(python .. ' -c "import torch" >/dev/null 2>&1') then return end
   local fifo = os.tmpname()
   os.remove(fifo)
   assert(M.succeeds('mkfifo ' .. fifo))
   peer.to = io.popen(python .. ' ' .. root .. '/bench/lib/peer.py > ' .. fifo, 'w')
   peer.from = assert(io.open(fifo))
   os.remove(fifo)
   peer.to:write(threads, '\n')
   peer.to:flush()
   peer.version = peer.from:read('*l')
end

function peer.timer(case, setup)
   if not peer.version or not case.peer or not setup then return end
   return function(n)
      peer.to:write(n, '\t', hex(setup), '\t', hex(case.peer), '\t', hex(case.peer_end or ''), '\n')
      peer.to:flush()
      local line = peer.from:read('*l') or error('the peer stopped at: ' .. case.peer)
      return tonumber(line)
   end
end

-- ---- timing ----

local function timer(f)
   return function(n)
      local t = torch.tic()
      f(n)
      return torch.toc(t)
   end
end

-- New memory and cold caches are the first iterations' alone.
local function warm_up(time)
   local n, spent = 1, 0
   while spent < SECONDS do
      spent = spent + time(n)
      n = 2 * n
   end
end

-- Iterations that take about SECONDS.
local function calibrate(time)
   warm_up(time)
   local n = 1
   while true do
      local t = time(n)
      if t > SECONDS / 4 then return math.max(1, math.ceil(n * SECONDS / t)) end
      n = n * (t > SECONDS / 100 and 4 or 10)
   end
end

local function median(list)
   table.sort(list)
   return list[math.floor((#list + 1) / 2)]
end

M.median = median

-- The other side's waiting threads go to sleep: OpenMP's look for work for some milliseconds, and TH's pool does
-- without helpers that somebody keeps from running.
local function pause() ffi.C.usleep(12000) end
ffi.cdef 'int usleep(unsigned int);'

--- The timers of a case by name, `ours` and, where there are such, `peer` and `compiled`: functions of the number of
--- iterations that return seconds.
function M.timers(case)
   return {ours = timer(case.setup()), peer = peer.timer(case, case.peer_setup or ''), compiled = peer.timer(case, case.peer_compiled)}
end

--- Medians in seconds an iteration of several timers, in turn.
function M.compare(timers)
   local counts, times = {}, {}
   for name, time in pairs(timers) do
      counts[name] = calibrate(time)
      times[name] = {}
   end
   for _ = 1, REPEATS do
      for name, time in pairs(timers) do
         pause()
         local list = times[name]
         list[#list + 1] = time(counts[name]) / counts[name]
      end
   end
   local result = {}
   for name, list in pairs(times) do result[name] = median(list) end
   return result
end

function M.human(ns)
   if ns < 1e4 then return string.format('%.3g ns', ns) end
   if ns < 1e7 then return string.format('%.4g us', ns / 1e3) end
   return string.format('%.4g ms', ns / 1e6)
end

--- Starts the peer at first call; its version, or false where there is none.
function M.peer()
   if peer.version == nil then peer.version = false peer.start() end
   return peer.version
end

--- What was measured so far: {number, title, name, ours, peer, limit, compiled, per}: seconds an iteration, each of `per` elements.
M.results = {}

--- Cases of all calls of M.run are counted. M.from is the first that is timed; once M.seconds have passed no other
--- is, and M.next is its number. M.only, where it is set, has the numbers of those that are timed at all as keys.
M.from, M.seconds, M.next, M.only = 1, math.huge, nil, nil
local number, began = 0, torch.tic()

-- What a machine allows is measured once, in turn with the first case it is asked for: seconds by what makes the limit.
local limits_known = {}

local function timed(case)
   local timers, known = M.timers(case), limits_known[case.limit]
   if case.limit and not known then timers.limit = timer(case.limit()) end
   local t = M.compare(timers)
   if case.limit then
      t.limit = known or t.limit
      limits_known[case.limit] = t.limit
   end
   return t
end

local function print_row(case, t)
   local per = (case.per or 1) * 1e-9
   local function cell(v) return v and M.human(v / per) or '-' end
   local function share(v) return v and t.limit and string.format('%.0f %%', 100 * t.limit / v) or '-' end
   print(string.format('%-44s %12s %12s %9s %12s %9s %9s %12s%s', case.name, cell(t.ours), cell(t.peer),
      t.peer and string.format('%.2f', t.ours / t.peer) or '-', cell(t.limit), share(t.ours), share(t.peer),
      case.target and '<= ' .. M.human(case.target) or case.target_limit and '>= ' .. case.target_limit .. ' %' or '',
      t.compiled and string.format('   compiled: %s, %.2f', cell(t.compiled), t.ours / t.compiled) or ''))
   io.flush()
end

local function time_case(title, case)
   local t = timed(case)
   M.results[#M.results + 1] = {number = case.number, title = title, name = case.name, ours = t.ours, peer = t.peer, limit = t.limit, compiled = t.compiled, per = case.per}
   print_row(case, t)
   collectgarbage()
end

-- Those that are to be timed in this run.
local function chosen_of(cases)
   local filter, chosen = arg and arg[1], {}
   for _, case in ipairs(cases) do
      if not filter or case.name:find(filter, 1, true) then
         number = number + 1
         case.number = number
         if number >= M.from and (not M.only or M.only[number]) then chosen[#chosen + 1] = case end
      end
   end
   return chosen
end

--- Times the cases, prints a line each, and adds them to M.results.
function M.run(title, cases)
   local chosen = chosen_of(cases)
   if #chosen == 0 or M.next then return end
   M.peer()
   print(string.format('\n%s   (%d threads, %s; peer: %s)', title, threads, torch.cpuinfo().isa,
      peer.version and 'PyTorch ' .. peer.version or 'none'))
   print(string.format('%-44s %12s %12s %9s %12s %9s %9s %12s', '', 'ours', 'peer', 'ours/peer', 'limit', 'of limit', "peer's", 'target'))
   for _, case in ipairs(chosen) do
      if torch.toc(began) > M.seconds then
         M.next = case.number
         return
      end
      time_case(title, case)
   end
end

-- ---- limits ----

-- The same function for the same argument.
local function remembered(make)
   local known = {}
   return function(n)
      known[n] = known[n] or make(n)
      return known[n]
   end
end

--- Reading n floats.
M.read = remembered(function(n)
   return function()
      local x = torch.FloatTensor(n):fill(1)
      return function(k) for _ = 1, k do limits.bench_read(x:data(), n, threads) end end
   end
end)
--- z = x + y of n floats, with streaming stores.
M.add = remembered(function(n)
   return function()
      local x, y, z = torch.FloatTensor(n):fill(1), torch.FloatTensor(n):fill(2), torch.FloatTensor(n):fill(0)
      return function(k) for _ = 1, k do limits.bench_add(z:data(), x:data(), y:data(), n, threads) end end
   end
end)
--- z = x of n floats, with streaming stores.
M.copy = remembered(function(n)
   return function()
      local x, z = torch.FloatTensor(n):fill(1), torch.FloatTensor(n):fill(0)
      return function(k) for _ = 1, k do limits.bench_copy(z:data(), x:data(), n, threads) end end
   end
end)
--- The time that `flops` floating-point operations take at the fused multiply-add peak.
M.flops = remembered(function(flops)
   return function()
      return function(k)
         local steps = math.floor(flops / tonumber(limits.bench_fma(1, 1)) / threads)
         for _ = 1, k do limits.bench_fma(steps, threads) end
      end
   end
end)

return M
