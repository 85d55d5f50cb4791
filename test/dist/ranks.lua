--- The suite that every rank of a job runs, of any number of ranks and any engine; without mpirun it is that of the
-- stand-in. Last line: "N passed, M failed".
local check = dofile((arg[0]:match('^(.*/)') or './') .. '../lua/check.lua')
local eq, ok, error_ = check.eq, check.ok, check.error
local dist = require 'dist'
local rank, size = dist.rank(), dist.size()

local function same(x, y) return x:type() == y:type() and x:isSameSizeAs(y) and x:double():ne(y:double()):sum() == 0 end

-- ---- the job ----

eq(dist.engine(), os.getenv('DIST_EXPECTED') or 'none', 'the engine of the launcher')
eq(size, tonumber(os.getenv('DIST_EXPECTED_SIZE') or 1), 'number of ranks')
ok(rank >= 0 and rank < size, 'rank')
ok(dist.cores() >= 1 and dist.cores() <= torch.getnumcores(), 'a share of the processors')
if not os.getenv('OMP_NUM_THREADS') then eq(torch.getnumthreads(), dist.cores(), 'threads are the share of processors') end
check.match(dist.name(), '^rank ' .. rank .. ' %(process %d+ on .+%)$', 'a rank has a name')
error_(function() dist.name(size) end, 'dist.name: argument #1 %(rank%): rank from 0 to ' .. size - 1 .. ' expected', 'no such rank')

-- ---- every type, every layout ----

local types = {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double', 'Half', 'BFloat16', 'Bool'}
-- What rank r holds: small numbers, that add up exactly in every type.
local function part(name, r) return torch.range(0, 11):add(r):remainder(name == 'Bool' and 2 or 5):view(3, 4):type(('torch.%sTensor'):format(name)) end
local layouts = {
   contiguous = function(x) return x:clone() end,
   transposed = function(x) return x.new(4, 3):t():copy(x) end,
   narrowed = function(x) return x.new(3, 9):narrow(2, 3, 4):copy(x) end,
}
local function total(name)
   local sum, most = torch.zeros(3, 4), torch.zeros(3, 4)
   for r = 0, size - 1 do
      local x = part(name, r):double()
      sum:add(x)
      most:cmax(x)
   end
   return (name == 'Bool' and most or sum):type(part(name, 0):type()), most:type(part(name, 0):type())
end

for _, name in ipairs(types) do
   local sum, most = total(name)
   for layout, make in pairs(layouts) do
      local what = name .. ' ' .. layout .. ': '
      local mine = part(name, rank)
      ok(same(dist.allReduce(make(mine)), sum), what .. 'allReduce')
      ok(same(dist.allReduce(make(mine), 'max'), most), what .. 'allReduce max')
      for root = 0, size - 1 do ok(same(dist.broadcast(make(mine), root), part(name, root)), what .. 'broadcast') end
      local all = dist.allGather(make(mine))
      eq(all:size():totable(), {size, 3, 4}, what .. 'sizes of allGather')
      for r = 0, size - 1 do ok(same(all[r + 1], part(name, r)), what .. 'allGather') end
      local strided = make(mine).new(3, 4, size):transpose(1, 3):transpose(2, 3)
      ok(same(dist.allGather(strided, make(mine)), all), what .. 'allGather into strides')
      local rows = mine.new(size, 3, 4)
      for r = 1, size do rows[r]:copy(mine) end
      ok(same(dist.reduceScatter(rows), sum), what .. 'reduceScatter')
      -- around the ring, by pairs of requests
      if size > 1 then
         local got = make(mine)
         local sending = dist.async.send(make(mine), (rank + 1) % size, 7)
         local receiving = dist.async.recv(got, (rank - 1) % size, 7)
         ok(receiving:wait() == got, what .. 'a request returns its tensor')
         sending:wait()
         ok(same(got, part(name, (rank - 1) % size)), what .. 'send and recv')
      end
   end
end

for _, name in ipairs{'Float', 'Double', 'Half', 'BFloat16'} do
   local x = part(name, rank)
   ok(same(dist.allReduce(x, 'mean'), total(name):double():div(size):type(x:type())), name .. ': mean')
end
ok(dist.allReduce(torch.Tensor{rank}, 'min')[1] == 0, 'min')
error_(function() dist.allReduce(torch.IntTensor(2), 'mean') end, 'dist.allReduce: argument #2 %(op%): a mean is of floating%-point numbers', 'mean of integers')
eq(dist.allReduce(torch.Tensor()):dim(), 0, 'an empty tensor')
eq(dist.allReduce(torch.Tensor{rank}:expand(3)):totable()[3], size * (size - 1) / 2, 'an expanded tensor')

-- ---- bits ----

-- Sums of an element do not depend on how a tensor is handed over.
torch.manualSeed(rank)
local piece = require('libdist').piece
local x = torch.randn(2 * piece + 1000):float()
local whole, parts = dist.allReduce(x:clone()), x:clone()
local requests = {}
for k = 2, 0, -1 do requests[#requests + 1] = dist.async.allReduce(parts:narrow(1, k * piece + 1, math.min(piece, x:nElement() - k * piece))) end
for _, request in ipairs(requests) do request:wait() end
ok(same(whole, parts), 'pieces at their places have the same bits')
local all = dist.allGather(whole)
for r = 1, size do ok(same(all[r], whole), 'every rank has the same bits') end
ok(same(dist.allReduce(x:clone()), whole), 'and so has the next call')

-- ---- requests ----

local a, b = torch.Tensor(10):fill(rank), torch.Tensor(10):fill(1)
local first, second = dist.async.allReduce(a), dist.async.allReduce(b)
second:wait()
first:wait()
eq({a[1], b[1]}, {size * (size - 1) / 2, size}, 'requests end in any order')
ok(first:test() and second:test(), 'what is done stays done')
ok(first:wait() == a, 'wait again')
local done = dist.async.barrier()
for _ = 1, 10 do
   dist.async.allReduce(torch.Tensor(1000):fill(1)) -- nobody waits
   collectgarbage()
end
done:wait()
dist.barrier()
eq(dist.allReduce(torch.Tensor{1})[1], size, 'after requests that nobody waited for')

-- ---- groups ----

local last = size - 1
local ends = dist.group(last > 0 and {last, 0} or {0})
if rank == 0 or rank == last then
   eq(dist.size(ends), last > 0 and 2 or 1, 'size of a group')
   eq(dist.rank(ends), rank == last and 0 or 1, 'rank in a group')
   eq(dist.allReduce(torch.Tensor{rank}, 'sum', ends)[1], last, 'sum in a group')
   eq(dist.broadcast(torch.Tensor{rank}, 0, ends)[1], last, 'broadcast in a group, from its rank 0')
else
   ok(ends == nil, 'no group for others')
end
eq(dist.allReduce(torch.Tensor{1}, 'sum', nil)[1], size, 'all again')
error_(function() dist.group{0, size} end, 'dist.group: argument #1 %(ranks%): ranks from 0 to ' .. last, 'a rank that is not there')
error_(function() dist.group{0, 0} end, 'rank 0 is there twice', 'a rank twice')

-- ---- objects ----

local object = {1, 'two', x = torch.range(1, 5), f = {true}}
local got = dist.broadcastObject(rank == 0 and object or nil)
eq({got[1], got[2], got.f[1], got.x:sum()}, {1, 'two', true, 15}, 'broadcastObject')
local list = dist.gatherObjects{rank, ('x'):rep(rank * 100)}
eq(#list, size, 'gatherObjects')
for r = 0, size - 1 do eq({list[r + 1][1], #list[r + 1][2]}, {r, r * 100}, 'gatherObjects of rank ' .. r) end

-- ---- errors ----

for name, call in pairs{
   ["argument #1 %(x%): torch.%*Tensor expected, got number 3"] = function() dist.allReduce(3) end,
   ["argument #2 %(op%): 'sum', 'mean', 'max' or 'min' expected, got string 'product'"] = function() dist.allReduce(torch.ones(2), 'product') end,
   ["argument #3 %(group%): group that dist.group made expected"] = function() dist.allReduce(torch.ones(2), 'sum', 1) end,
   ["argument #4: no further argument expected"] = function() dist.allReduce(torch.ones(2), 'sum', nil, 1) end,
   ["argument #2 %(root%): rank from 0 to"] = function() dist.broadcast(torch.ones(2), size) end,
   ["argument #2 %(to%): another rank than this one"] = function() dist.send(torch.ones(2), rank) end,
   ["argument #2 %(to%): rank from 0 to"] = function() dist.send(torch.ones(2)) end,
   ["argument #1 %(r%): a DoubleTensor expected"] = function() dist.allGather(torch.FloatTensor(), torch.ones(2)) end,
   ["argument #1 %(x%): " .. size .. " rows expected, one for each rank"] = function() dist.reduceScatter(torch.ones(size + 1)) end,
} do error_(call, 'ranks.lua:%d+: dist.%a+: ' .. name, name) end
if size > 1 then
   error_(function() dist.send(torch.ones(2), (rank + 1) % size, 32768) end, 'argument #3 %(tag%): a number from 0 to 32767', 'tags')
end

local failed = dist.allReduce(torch.Tensor{check.failed})[1]
if rank == 0 or check.failed > 0 then print(('%d passed, %d failed'):format(check.passed, failed)) end
os.exit(failed == 0 and 0 or 1)
