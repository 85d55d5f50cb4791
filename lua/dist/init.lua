--- dist: one program in many processes, on one machine or on a cluster, by MPI. docs/distributed.md is the guide.
--
--    mpirun -np 2 th script.lua
--
--    local dist = require 'dist'
--    local x = torch.Tensor{dist.rank()}
--    dist.allReduce(x)                   -- the same on every rank: 0 + 1
--
-- Every rank (they count from 0) makes the same calls in the same order. Without mpirun there is one rank, and all of this
-- works. Nothing but this file and the C half is loaded before it is used.
require 'torch'
local luaT = require 'luaT'
local C = require 'libdist'

local dist = {}
package.loaded.dist = dist -- the parts look it up

-- ---- the job ----

--- dist.init() -> dist: takes part in the job that mpirun started; every other function does so, if need be. Unless
-- OMP_NUM_THREADS or torch.setnumthreads says otherwise the rank then uses its share of the machine's processors.
function dist.init()
   C.init()
   return dist
end

--- dist.rank([group]) -> number: which one this process is, from 0.
dist.rank = C.rank

--- dist.size([group]) -> number: how many processes there are.
dist.size = C.size

--- dist.localRank() -> number: which of the ranks of its machine this process is, from 0: cutorch.setDevice(dist.localRank() + 1)
-- gives each a GPU.
dist.localRank = C.localRank

--- dist.engine() -> string: 'openmpi', 'mpich', or 'none' where there is one process.
dist.engine = C.engine

--- dist.cores() -> number: processors that this rank may keep busy: those that it is bound to, shared with other ranks of
-- the machine that are bound to the same ones.
dist.cores = C.cores

--- dist.name([rank]) -> string: rank, process and machine, as messages give them.
dist.name = C.name

--- dist.hush() -> dist: from now on only rank 0 prints and saves: the standard output of the others goes nowhere, and their
-- torch.save does nothing. For scripts that do the same on every rank.
function dist.hush()
   C.hush()
   if C.rank() > 0 then torch.save, torch.saveobj = function() end, function() end end
   return dist
end

--- dist.statistics() -> bytes, calls: what this rank has handed over so far.
dist.statistics = C.statistics

--- dist.group(ranks) -> group: some ranks, numbered from 0 in the order given, for the last argument of other functions; nil
-- on ranks that are not in it. Its members call it, with the same list.
dist.group = C.group

-- ---- operations ----
-- Tensors of GPUs go from GPU to GPU by NCCL where every rank has a GPU of its own, else by way of the host.

--- dist.Request(begun, result): an operation that a function of dist.async began. Its tensors must not be touched before it is done.
local Request = torch.class('dist.Request', dist)

function Request:__init(begun, result) self.begun, self.result = begun, result end

-- In turns, so that Ctrl-C is seen.
local function wait(begun)
   while not C.wait(begun, 0.1) do end
end

--- request:wait() -> tensor: waits until it is done; returns the result.
function Request:wait()
   wait(self.begun)
   return self.result
end

--- request:test() -> boolean: whether it is done.
function Request:test() return C.test(self.begun) end

--- dist.async: the operations below, begun and not waited for: dist.async.allReduce(x) -> request. They go on while this
-- process waits for, tests or begins any other.
dist.async = {}

--- dist.async.barrier, dist.async.broadcast, dist.async.allReduce, dist.async.allGather, dist.async.reduceScatter, dist.async.send, dist.async.recv(...) -> request:
-- begins what the function of that name in dist does, with the same arguments, and does not wait for it.


for _, name in ipairs{'barrier', 'broadcast', 'allReduce', 'allGather', 'reduceScatter', 'send', 'recv'} do
   local begin = C[name]
   dist.async[name] = function(...) return dist.Request(begin(...)) end
   dist[name] = function(...)
      local begun, result = begin(...)
      wait(begun)
      return result
   end
end

--- dist.barrier([group]) -> nil: returns when every rank has called it.

--- dist.broadcast(x [, root=0 [, group]]) -> x: x becomes the root's.

--- dist.allReduce(x [, op='sum' [, group]]) -> x: x becomes the sum, 'mean', 'max' or 'min' of all ranks' x, to the same bits
-- everywhere.

--- dist.allGather([r,] x [, group]) -> r: all ranks' x, one behind the other: size x sizes of x.

--- dist.reduceScatter([r,] x [, op='sum' [, group]]) -> r: row rank() + 1 of the sum of all ranks' x, which has size() rows.

--- dist.send(x, to [, tag=0 [, group]]) -> x: hands x over to another rank, which calls dist.recv.

--- dist.recv(x, from [, tag=0 [, group]]) -> x: x becomes that which another rank sends.

-- ---- objects ----

--- dist.broadcastObject(object [, root=0 [, group]]) -> object: the root's object, anything that torch.save can write; others
-- may give nil.
function dist.broadcastObject(object, root, group)
   local mine = C.rank(group) == (root or 0)
   local bytes = mine and torch.CharTensor(torch.serializeToStorage(object)) or torch.CharTensor()
   local n = dist.broadcast(torch.LongTensor{bytes:nElement()}, root, group)[1]
   if not mine then bytes:resize(n) end
   dist.broadcast(bytes, root, group)
   return mine and object or torch.deserializeFromStorage(bytes)
end

--- dist.gatherObjects(object [, group]) -> table: the objects of all ranks, that of rank r at r + 1.
function dist.gatherObjects(object, group)
   local bytes = torch.CharTensor(torch.serializeToStorage(object))
   local sizes = dist.allGather(torch.LongTensor{bytes:nElement()}, group)
   local padded = torch.CharTensor(sizes:max()):zero()
   padded:narrow(1, 1, bytes:nElement()):copy(bytes)
   local all, list = dist.allGather(padded, group), {}
   for r = 1, all:size(1) do list[r] = torch.deserializeFromStorage(all[r]:narrow(1, 1, sizes[r][1])) end
   return list
end

-- ---- parts that are loaded when they are used ----

-- file -> its functions
local parts = {training = 'batches syncBatchNorm localSGD save load interrupted'}
local file_of = {}
for file, names in pairs(parts) do
   for name in names:gmatch('%S+') do file_of[name] = 'dist.' .. file end
end

for _, name in ipairs{'DataParallel', 'SyncBatchNormalization', 'Optimizer'} do
   luaT.declare('dist.' .. name, dist, function() luaT.load('dist.' .. name) end)
end

return setmetatable(dist, {
   __index = function(_, name)
      local file = file_of[name]
      if not file then return nil end
      for n, f in pairs(require(file)) do rawset(dist, n, f) end
      return rawget(dist, name)
   end,
   __names = file_of, -- what pairs does not show, for completion and the like
})
