-- Training steps by two ranks of one thread each, beside one process of two threads with the batches of both, and beside
-- PyTorch's DistributedDataParallel over gloo (PYTHON=..., else python3), in turn, medians; then what an allReduce of n bytes takes.
--
--   th bench/dist.lua              everything, by mpirun
--   MPIRUN='mpirun.mpich' ROUNDS=5 SECONDS=1 th bench/dist.lua
--
-- Aims: two ranks at least 0.95 times as fast as one process, and at most 0.8 of the peer's time.
package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local sys = require 'sys'
local SECONDS, ROUNDS = tonumber(os.getenv('SECONDS') or 1), tonumber(os.getenv('ROUNDS') or 5)

-- Steps a second, over so many seconds; every rank stops after as many steps.
local function rate(step, agree)
   step(3)
   local start = sys.clock()
   step(3)
   local n = agree(math.max(3, math.floor(3 * SECONDS / (sys.clock() - start))))
   start = sys.clock()
   step(n)
   return n / (sys.clock() - start)
end

-- ---- as a program ----

if arg[1] == '--steps' then -- net, samples of this process, threads
   local nets = require 'nets'
   torch.setnumthreads(tonumber(arg[4]))
   print(rate(nets.step(arg[2], tonumber(arg[3])), function(n) return n end))
   return
elseif arg[1] == '--rank' then
   local nets, dist = require 'nets', require 'dist'
   local step = nets.step(arg[2], tonumber(arg[3]), nil, function(net) return dist.DataParallel(net:float()) end)
   local steps = rate(step, function(n) return dist.broadcast(torch.DoubleTensor{n})[1] end)
   if dist.rank() == 0 then print(steps) end
   return
elseif arg[1] == '--link' then -- seconds of an allReduce by its bytes
   local dist = require 'dist'
   local bytes = 4
   while bytes <= 2 ^ 26 do
      local x, n, best = torch.FloatTensor(bytes / 4):fill(1), math.max(5, math.min(1000, 2 ^ 24 / bytes)), math.huge
      for _ = 1, 5 do
         dist.barrier()
         local start = sys.clock()
         for _ = 1, n do dist.allReduce(x, 'max') end
         best = math.min(best, (sys.clock() - start) / n)
      end
      if dist.rank() == 0 then print(('   %9d bytes: %10.1f us'):format(bytes, best * 1e6)) end
      bytes = bytes * 8
   end
   return
end

-- ---- everything ----

local th, here = arg[-1], arg[0]
local mpirun, python = os.getenv('MPIRUN') or 'mpirun', os.getenv('PYTHON') or 'python3'

local function output(command)
   local pipe = io.popen(command)
   local text = pipe:read('*a')
   pipe:close()
   return text
end
local function number(command)
   return tonumber(output(command):match('[%d.e+-]+%s*$')) or 0 / 0
end
local function median(list)
   table.sort(list)
   return list[math.ceil(#list / 2)]
end

local function case(name, batch)
   local ways = {
      one = ('%s %s --steps %s %d 2'):format(th, here, name, batch),
      ranks = ('%s -np 2 %s %s --rank %s %d'):format(mpirun, th, here, name, batch / 2),
      peer = ('%s %s/lib/ddp.py %s %d %g 2>/dev/null'):format(python, here:match('^(.*)/') or '.', name, batch / 2, SECONDS),
   }
   local rates = {one = {}, ranks = {}, peer = {}}
   for _ = 1, ROUNDS do
      for way, command in pairs(ways) do table.insert(rates[way], number(command)) end
   end
   local one, ranks, peer = median(rates.one), median(rates.ranks), median(rates.peer)
   print(('%-10s batch %3d: one process %7.2f steps/s, two ranks %7.2f (%.2f x), PyTorch DDP %7.2f (time %.2f of it)')
      :format(name, batch, one, ranks, ranks / one, peer, peer / ranks))
end

for _, c in ipairs{{'resnet20', 64}, {'lstm', 50}} do
   if not arg[1] or arg[1] == c[1] then case(c[1], c[2]) end
end
if not arg[1] or arg[1] == 'link' then io.write('allReduce, two ranks\n', output(('%s -np 2 %s %s --link'):format(mpirun, th, here))) end
