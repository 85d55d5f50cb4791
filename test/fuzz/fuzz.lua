--- What the fuzzing programs share: their arguments, how long they go on, draws that a seed repeats.
--   local F = dofile(here .. '/fuzz.lua')(20000)   -- rounds when none are asked for
-- The arguments of a program are [rounds, or seconds as 60s] [seed=1] [trace].
return function(default)
   local F = {seed = tonumber(arg[2] or 1), trace = arg[3] == 'trace'}
   local amount, unit = (arg[1] or tostring(default)):match('^(%d+)(s?)$')
   if not amount or not F.seed then
      io.stderr:write(('usage: th %s [rounds, or seconds as 60s] [seed] [trace]\n'):format(arg[0]))
      os.exit(2)
   end
   torch.manualSeed(F.seed)
   torch.setnumthreads(1)

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

   local state = F.seed
   function F.draw(n) -- 1 to n
      state = (state * 1103515245 + 12345) % 2147483648
      return math.floor(state / 65536) % n + 1
   end
   function F.pick(list) return list[F.draw(#list)] end
   return F
end
