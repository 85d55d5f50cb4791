-- What training scripts of several ranks need beside the net.
local dist = require 'dist'
local checks = require 'dist.fail'
local flat = require 'dist.flat'
local C = require 'libdist'
local torch = torch
local M = {}

--- dist.batches(set, options) -> data.Batches: this rank's part of every batch of a set: `size` of the options is the size of
-- the batch that all ranks have together. Order and batches are the same for any number of ranks.
function M.batches(set, options)
   local o = {part = {dist.rank() + 1, dist.size()}}
   for name, v in pairs(options or {}) do o[name] = v end
   if not o.seed and o.shuffle then o.seed = dist.broadcast(torch.LongTensor{torch.random(1, 2147483647)})[1] end
   return set:batches(o)
end

--- dist.syncBatchNorm(net) -> net: every nn.BatchNormalization below (nn.SpatialBatchNormalization, ...) becomes a
-- dist.SyncBatchNormalization with its parameters.
function M.syncBatchNorm(net)
   return net:replace(function(module)
      if not torch.isTypeOf(module, 'nn.BatchNormalization') or torch.isTypeOf(module, 'dist.SyncBatchNormalization') then return module end
      local sync = dist.SyncBatchNormalization(module.running_mean:nElement(), module.eps, module.momentum, module.affine)
      for name in pairs(sync) do
         if module[name] ~= nil and name ~= 'nDim' then sync[name] = module[name] end
      end
      return sync
   end)
end

--- dist.localSGD(net, every) -> average: ranks take `every` steps alone, then their parameters are averaged: average() is to be
-- called after each step; average(true) does it now, as before saving. For a net without dist.DataParallel.
function M.localSGD(net, every)
   if not torch.isTypeOf(net, 'nn.Module') then checks.wrong('localSGD', 1, 'net', 'nn.Module expected, got %s', torch.type(net)) end
   checks.check('localSGD', 2, 'every', 'whole', every)
   local steps = 0
   dist.broadcast((flat.vectors(net)))
   return function(now)
      steps = steps + 1
      if now or steps % every == 0 then dist.allReduce(flat.vectors(net), 'mean') end
   end
end

--- dist.save(path, object): rank 0 saves; a file of that name is replaced in one step, so that there always is a whole one.
-- Returns on every rank when that is done.
function M.save(path, object)
   local ok, why = true, nil
   if dist.rank() == 0 then ok, why = pcall(torch.save, path, object) end
   local answer = dist.broadcastObject(dist.rank() == 0 and {ok, tostring(why)} or nil)
   if not answer[1] then checks.fail('save', 'rank 0: %s', answer[2]) end
end

--- dist.load(path) -> object: what rank 0 finds there, on every rank; nil where there is no such file.
function M.load(path)
   local answer
   if dist.rank() == 0 then
      local f = io.open(path, 'rb')
      if f then
         f:close()
         answer = {pcall(torch.load, path)}
      end
   end
   answer = dist.broadcastObject(dist.rank() == 0 and (answer or {true}) or nil)
   if not answer[1] then checks.fail('load', 'rank 0: %s', tostring(answer[2])) end
   return answer[2]
end

local signal

--- dist.interrupted() -> boolean: whether Ctrl-C was pressed, or mpirun is about to end the ranks, on any of them: the same
-- answer on every rank. From the first call on neither ends the program at once, the second time it does. To be called by every
-- rank after each step; a script that is told true saves and ends. mpirun kills ranks that take too long.
function M.interrupted()
   if signal == nil then
      local there, s = pcall(require, 'th.signal')
      signal = there and s or false
      if signal then signal.onInterrupt(true) end
   end
   local mine = C.terminated() or signal and signal.interrupted()
   return dist.allReduce(torch.ByteTensor{mine and 1 or 0}, 'max')[1] == 1
end

return M
