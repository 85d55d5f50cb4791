-- Training steps on a machine that somebody else uses too: alone, and beside processes that spin; and four
-- programs at once against one. Ours and PyTorch's (PYTHON=..., else python3) in turn, medians.
--
--   th bench/busy.lua                 everything, beside one spinning process
--   SPIN=2 th bench/busy.lua LeNet    beside two, the cases that have LeNet in their name
--   NICE=10 th bench/busy.lua         beside one of low priority
--
-- What it is about shows where there are few cores: taskset -c 0,1 th bench/busy.lua
-- Aims: busy/idle at most 3, and busy at most half of PyTorch's busy; four at once at least 0.8 of one.
package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local ffi = require 'ffi'
local bench = require 'harness'
local nets = require 'nets'
local sys, paths = require 'sys', require 'paths'

local ROUNDS, SECONDS = 9, 0.15

-- ---- as a program: steps for some seconds, once the file GO exists, like nets.py ----

local function now() return sys.clock() end

if arg[1] == '--steps' then
   local name, batch, go, seconds = arg[2], tonumber(arg[3]), arg[4], tonumber(arg[5])
   local step = nets.step(name, batch)
   step(3)
   print('ready')
   io.flush()
   while not paths.filep(go) do sys.usleep(1000) end
   local start, done = now(), 0
   while now() < start + seconds do
      step(1)
      done = done + 1
   end
   print(done / (now() - start))
   return
end

-- ---- processes that spin ----

ffi.cdef 'int getpid(void);'

-- Starts n processes that do nothing but spin; returns a function that ends them. They end with us, however we end. They are no
-- copies of this one: every page that is written would be copied meanwhile.
local function spin(n)
   local spinner = ("echo $$; renice -n %d $$ >/dev/null 2>&1; while kill -0 %d 2>/dev/null; do i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; done")
      :format(tonumber(os.getenv('NICE')) or 0, ffi.C.getpid())
   local pipes, pids = {}, {}
   for i = 1, n do
      pipes[i] = assert(io.popen(spinner))
      pids[i] = pipes[i]:read('*n')
   end
   return function()
      for i, pipe in ipairs(pipes) do
         os.execute('kill ' .. pids[i])
         pipe:close()
      end
   end
end

-- ---- alone and beside them ----

-- Iterations that take SECONDS, at least one.
local function count(time)
   local n = 1
   while true do
      local t = time(n)
      if t > SECONDS / 4 then return math.max(1, math.ceil(n * SECONDS / t)) end
      n = n * 4
   end
end

-- Medians of seconds an iteration: {ours = {idle =, busy =}, peer = ...}
local function measure(timers, spinning)
   local counts, times = {}, {}
   for name in pairs(timers) do counts[name], times[name] = {}, {idle = {}, busy = {}} end
   local function round(state)
      for name, time in pairs(timers) do
         local c = counts[name]
         if not c[state] then c[state] = count(time) end
         ffi.C.usleep(3000) -- the other side's waiting threads go to sleep
         table.insert(times[name][state], time(c[state]) / c[state])
      end
   end
   for _ = 1, ROUNDS do
      round('idle')
      local stop = spin(spinning)
      local ok, message = pcall(round, 'busy')
      stop()
      if not ok then error(message, 0) end
   end
   for _, t in pairs(times) do t.idle, t.busy = bench.median(t.idle), bench.median(t.busy) end
   return times
end

local function cells(label, row)
   print(('%-30s'):format(label) .. (' %11s %11s %7s |'):rep(2):format(unpack(row, 1, 6))
      .. (' %7s %7s'):format(row[7], row[8]))
   io.flush()
end

local function ratio(a, b) return a and b and ('%.2f'):format(a / b) or '-' end

local function beside(cases, spinning)
   local load = tonumber(io.open('/proc/loadavg'):read('*n'))
   if load > 0.5 then print(('load average %.2f: somebody else uses this machine, so that idle is not idle'):format(load)) end
   print(('\nAlone and beside %d spinning process%s   (%d threads, %s; peer: %s)'):format(spinning,
      spinning == 1 and '' or 'es', bench.threads, torch.cpuinfo().isa,
      bench.peer() and 'PyTorch ' .. bench.peer() or 'none: set PYTHON to a Python that has PyTorch'))
   cells('', {'idle: ours', 'peer', 'ratio', 'busy: ours', 'peer', 'ratio', 'b/i ours', 'peer'})
   for _, case in ipairs(cases) do
      local t = measure(bench.timers(case), spinning)
      local ours, peer = t.ours, t.peer or {}
      local function time(seconds) return seconds and bench.human(seconds * 1e9) or '-' end
      cells(case.name, {time(ours.idle), time(peer.idle), ratio(ours.idle, peer.idle),
         time(ours.busy), time(peer.busy), ratio(ours.busy, peer.busy),
         ratio(ours.busy, ours.idle), ratio(peer.busy, peer.idle)})
      collectgarbage()
   end
end

-- ---- several programs at once ----

-- Steps a second of n programs together. `command` takes net, batch, go, seconds.
local function together(n, command, name, batch)
   local go, seconds = os.tmpname(), 2
   os.remove(go)
   local pipes, total = {}, 0
   for i = 1, n do pipes[i] = io.popen(command(name, batch, go, seconds)) end
   for i = 1, n do assert(pipes[i]:read('*l') == 'ready', 'a program did not start') end
   io.open(go, 'w'):close()
   for i = 1, n do
      total = total + tonumber(pipes[i]:read('*l'))
      pipes[i]:close()
   end
   os.remove(go)
   return total
end

local function ours(name, batch, go, seconds)
   return ('%s/build/th %s/bench/busy.lua --steps %s %d %s %g'):format(bench.root, bench.root, name, batch, go, seconds)
end
local function peers(name, batch, go, seconds)
   return ('%s %s/bench/lib/nets.py %s %d %d %s %g'):format(os.getenv('PYTHON') or 'python3', bench.root, name, batch,
      bench.threads, go, seconds)
end

local function four_at_once(list)
   print(('\nFour programs at once: steps a second of all together, and against one alone'))
   print(('%-30s %11s %11s %7s | %11s %11s %7s'):format('', 'ours: one', 'four', 'ratio', 'peer: one', 'four', 'ratio'))
   for _, item in ipairs(list) do
      local name, batch = item[1], item[2]
      local row = {}
      for side, command in ipairs{ours, bench.peer() and peers or nil} do
         local one, four = {}, {}
         for i = 1, 3 do one[i], four[i] = together(1, command, name, batch), together(4, command, name, batch) end
         row[side] = {bench.median(one), bench.median(four)}
      end
      local o, p = row[1], row[2] or {}
      local function rate(v) return v and ('%.4g'):format(v) or '-' end
      print(('%-30s %11s %11s %7s | %11s %11s %7s'):format(nets.case(name, batch).name, rate(o[1]), rate(o[2]), ratio(o[2], o[1]),
         rate(p[1]), rate(p[2]), ratio(p[2], p[1])))
      io.flush()
   end
end

local list = {{'mlp', 64}, {'lenet', 64}, {'resnet20', 32}}
local cases = {}
for i, item in ipairs(list) do cases[i] = nets.case(item[1], item[2]) end
cases[#cases + 1] = {
   name = 'x:add(y), 10^5 floats',
   setup = function()
      local x, y = torch.FloatTensor(1e5):zero(), torch.FloatTensor(1e5):fill(1e-3)
      return function(n) for _ = 1, n do x:add(y) end end
   end,
   peer_setup = 'x, y = torch.zeros(100000), torch.full((100000,), 1e-3)', peer = 'x.add_(y)',
}
local filter = arg[1] or ''
local function chosen(name) return name:find(filter, 1, true) end
local function select(all, name_of)
   local some = {}
   for _, v in ipairs(all) do if chosen(name_of(v)) then some[#some + 1] = v end end
   return some
end
beside(select(cases, function(case) return case.name end), tonumber(os.getenv('SPIN')) or 1)
four_at_once(select(list, function(item) return nets.case(item[1], item[2]).name end))
