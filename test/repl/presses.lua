--- Presses Ctrl-C thousands of times, at random moments of many kinds of loop.
--
--    th presses.lua COUNT [SEED] [KIND]
--
-- A timer of this very process delivers SIGINT after a random delay, so that it hits the interpreter,
-- compiled code, the compiler at work, and C. Each press must be caught as an error by the pcall around
-- the loop; what a crash looks like is up to the caller.
local ffi = require 'ffi'

if jit.arch ~= 'x64' or jit.os ~= 'Linux' then
   print('skipped: compiled loops can be interrupted on x86-64 Linux only')
   os.exit(77)
end

ffi.cdef [[
struct presses_event { void *value; int signal, notify; char rest[48]; };
struct presses_times { long interval_s, interval_ns, s, ns; };
int timer_create(int clock, struct presses_event *event, void **timer);
int timer_settime(void *timer, int flags, const struct presses_times *new, struct presses_times *old);
unsigned long strlen(const char *text);
int abs(int x);
]]
local SIGINT, MONOTONIC = 2, 1 -- Linux

local timer = ffi.new('void *[1]')
assert(ffi.C.timer_create(MONOTONIC, ffi.new('struct presses_event', {signal = SIGINT}), timer) == 0)

-- Presses Ctrl-C in a while, and once a second from then on: a press may be lost where LuaJIT is
-- changing its own tables, as one would press again.
local function press_in(microseconds)
   local times = ffi.new('struct presses_times', {interval_s = 1, ns = microseconds * 1000})
   assert(ffi.C.timer_settime(timer[0], 0, times, nil) == 0)
end
local function release()
   assert(ffi.C.timer_settime(timer[0], 0, ffi.new('struct presses_times'), nil) == 0)
end

local loops = {}
function loops.empty() while true do end end
function loops.arithmetic() local n = 0 while true do n = n + 1 % 7 end end
function loops.counted() for i = 1, 1e15 do end end
function loops.branches()
   local a, b = 0, 0
   while true do
      if a < b then a = a + 2 elseif a > b + 100 then b = b + 3 else b = b + 1 end
   end
end
function loops.c_calls() local s = 'x' while true do s = s:rep(2):sub(1, 1) end end -- compiled
function loops.stitched() -- C functions that LuaJIT does not compile: traces are stitched around them
   local t = {}
   while true do
      t[1] = os.time()
      t[2] = select('#', tostring(t), string.format('%5.2f', 1))
      next(t)
   end
end
function loops.ffi_calls() local n = 0 while true do n = n + ffi.C.abs(-3) + tonumber(ffi.C.strlen('four')) end end
function loops.ffi_reads()
   local p, s = ffi.new('double[100]'), 0
   while true do for i = 0, 99 do s = s + p[i] p[i] = s end end
end
local x = torch.Tensor(100):fill(1)
function loops.elements() while true do for i = 1, 100 do x[i] = x[i] * 0.5 end end end
function loops.apply() while true do x:apply(function(v) return v + 1 end) end end
function loops.operations() while true do x:add(1):mul(0.5) end end
function loops.nested_pcall()
   while true do
      local ok, message = pcall(function() for i = 1, 1000 do pcall(error, i) end end)
      if not ok then error(message, 0) end
   end
end
function loops.coroutines()
   while true do
      local next_value = coroutine.wrap(function() for i = 1, 100 do coroutine.yield(i) end end)
      for _ = 1, 100 do next_value() end
   end
end
function loops.strings()
   local parts = {}
   while true do
      for i = 1, 50 do parts[i] = 'item ' .. i end
      local s = table.concat(parts, ',')
      for word in s:gmatch('[^,]+') do parts[1] = word end
      s = s:gsub('%d', function(d) return d + 1 end)
   end
end
function loops.recursion()
   local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end
   while true do f(50) end
end
function loops.callbacks()
   local t = {}
   while true do
      for i = 1, 100 do t[i] = (i * 37) % 101 end
      table.sort(t, function(a, b) return a > b end)
   end
end
function loops.closures() while true do local n = 0 local f = function() n = n + 1 return n end f() f() end end
function loops.metamethods()
   local mt = {}
   mt.__add = function(a, b) return setmetatable({v = a.v + b.v}, mt) end
   mt.__index = function(_, k) return k end
   local a = setmetatable({v = 1}, mt)
   while true do local b = a + a b = b[3] end
end
function loops.loading() while true do loadstring('local n = 0 for i = 1, 200 do n = n + i end return n')() end end

local count, seed, only = tonumber(arg[1]), tonumber(arg[2]) or 1, arg[3]
local kinds = {}
for name in pairs(loops) do if not only or name == only then kinds[#kinds + 1] = name end end
table.sort(kinds)

local draw = dofile((arg[0]:match('^(.*/)') or './') .. '../lua/draws.lua')(seed) -- of its own: the loops use torch

for i = 1, count do
   local name = kinds[(i - 1) % #kinds + 1]
   -- Most presses hit the compiler, which is at work in the first milliseconds of a loop.
   local delay = 19 + draw(({400, 400, 3000, 8000})[draw(4)])
   local ok, message
   for _ = 1, 3 do -- on a busy machine a loop may end before the press comes
      ok, message = pcall(function()
         press_in(delay)
         loops[name]()
      end)
      release()
      if not ok then break end
   end
   assert(not ok and tostring(message):find('interrupted!', 1, true), ('%s: %s'):format(name, tostring(message)))
end
print(('%d presses in %d kinds of loop'):format(count, #kinds))
