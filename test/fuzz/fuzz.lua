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
   local draw, pick = F.draw, F.pick

   -- F.mutate(text) -> the text with one to three faults of the kinds that files have
   local function little(v, width)
      local bytes = {}
      for i = 1, width do
         bytes[i] = string.char(v % 256)
         v = math.floor(v / 256)
      end
      return table.concat(bytes)
   end
   local words = {'0', '-1', '1', '2', '7', '2147483647', '-2147483648', '4294967296', '9223372036854775807', 'nan', 'inf', '1e30', 'V 1',
      'torch.DoubleTensor', 'torch.LongStorage', 'torch.UnloadedFunction', 'nn.Linear', ''}

   local mutations = {
      function(s, at) return s:sub(1, at - 1) .. string.char(draw(256) - 1) .. s:sub(at + 1) end,
      function(s, at) return s:sub(1, at - 1) .. string.char(bit.bxor(s:byte(at), 2 ^ (draw(8) - 1))) .. s:sub(at + 1) end,
      function(s, at) return s:sub(1, at) .. string.char(draw(256) - 1) .. s:sub(at + 1) end,
      function(s, at) return s:sub(1, at - 1) .. s:sub(at + draw(8)) end,
      function(s, at) return s:sub(1, at - 1) end,
      function(s, at) return s:sub(1, at - 1) .. little(pick{0, 1, 2, 4, 8, 127, 255, 2 ^ 31 - 1, 2 ^ 31, 2 ^ 32 - 1}, 4) .. s:sub(at + 4) end,
      function(s, at) return s:sub(1, at - 1) .. little(pick{0, 1, 2 ^ 31, 2 ^ 40, 2 ^ 52}, 8) .. s:sub(at + 8) end,
      function(s, at) return s:sub(1, at - 1) .. ('\255'):rep(8) .. s:sub(at + 8) end,
      function(s, at)
         local from = draw(#s)
         return s:sub(1, at - 1) .. s:sub(from, from + draw(40)) .. s:sub(at + draw(40))
      end,
      function(s, at)
         local first, last = s:find('[^\n ]+', at)
         return first and s:sub(1, first - 1) .. pick(words) .. s:sub(last + 1) or s
      end,
   }

   function F.mutate(s)
      for _ = 1, draw(3) do
         if #s > 0 then s = pick(mutations)(s, draw(#s)) end
      end
      return s
   end

   return F
end
