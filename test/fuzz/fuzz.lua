--- What the fuzzing programs share: their arguments, how long they go on, draws that a seed repeats.
--   local F = dofile(here .. '/fuzz.lua')(20000)   -- rounds when none are asked for
-- The arguments of a program are [rounds, or seconds as 60s] [seed=1] [trace].
local ffi = require 'ffi'
ffi.cdef 'struct fuzz_rlimit { uint64_t now, most; }; int setrlimit(int resource, const struct fuzz_rlimit *limit);'

-- At most 8 GB of addresses, so that what asks for more gets an error and the machine is left alone. The sanitizers' own
-- addresses are far beyond that.
local function limit_memory()
   local f = io.open('/proc/self/status')
   local kb = f and tonumber(f:read('*a'):match('VmSize:%s*(%d+)'))
   if f then f:close() end
   if kb and kb < 2 ^ 23 then ffi.C.setrlimit(9, ffi.new('struct fuzz_rlimit', 2 ^ 33, 2 ^ 33)) end -- RLIMIT_AS of Linux
end

local here = arg[0]:match('^(.*)/') or '.'
return function(default)
   local F = {seed = tonumber(arg[2] or 1), trace = arg[3] == 'trace'}
   local amount, unit = (arg[1] or tostring(default)):match('^(%d+)(s?)$')
   if not amount or not F.seed then
      io.stderr:write(('usage: th %s [rounds, or seconds as 60s] [seed] [trace]\n'):format(arg[0]))
      os.exit(2)
   end
   torch.manualSeed(F.seed)
   torch.setnumthreads(1)
   limit_memory()

   -- for k in F.rounds() do
   function F.rounds()
      local k, most = 0, unit == '' and tonumber(amount) or math.huge
      local clock = torch.Timer()
      return function()
         if k == most or unit == 's' and k % 64 == 0 and clock:time().real >= tonumber(amount) then return nil end
         k = k + 1
         return k
      end
   end

   F.draw, F.pick = dofile(here .. '/../lua/draws.lua')(F.seed)
   return F
end
