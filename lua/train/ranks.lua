-- What train.fit and train.evaluate do together with other processes, where the net is a dist.DataParallel; of another net there
-- is one rank, and nothing of this takes time. With its option `split` every rank has the whole batches, and all numbers are
-- the same everywhere.
local torch = torch
local Ranks = {}
Ranks.__index = Ranks
local M = {}

--- of(net) -> ranks: fields rank, size; apart: whether each rank has samples of its own.
function M.of(net)
   local dist = torch.isTypeOf(net, 'dist.DataParallel') and require 'dist'
   local size = dist and dist.size() or 1
   return setmetatable({dist = dist, rank = dist and dist.rank() or 0, size = size, apart = size > 1 and not net.options.split}, Ranks)
end

--- ranks:take(data) -> data: from now on batches of a set are this rank's part of them.
function Ranks:take(data)
   if not self.apart or not torch.isTypeOf(data, 'data.Batches') or data.part[2] == self.size then return data end
   data.part, data.seed = {self.rank + 1, self.size}, self.dist.broadcastObject(data.seed)
   return data:resume(data:state())
end

--- ranks:sum(...) -> numbers: the sums over all ranks.
function Ranks:sum(...)
   if not self.apart then return ... end
   return unpack(self.dist.allReduce(torch.DoubleTensor{...}):totable())
end

--- ranks:mean(f, n, total) -> number: the mean over `total` samples, of which n, that have the mean f, are this rank's.
function Ranks:mean(f, n, total) return self.apart and self:sum(f * n) / total or f end

--- ranks:wait(net, last): gradients of several batches are added up over the ranks after the last one.
function Ranks:wait(net, last)
   if self.apart then net:synchronize(last) end
end

--- ranks:settle(net): running means become those of rank 0, which are saved.
function Ranks:settle(net)
   if self.apart then net:broadcast() end
end

--- ranks:cut(list, run): a list of batches becomes as long as the shortest one; where that is shortened, the epoch ends, and
-- what this rank's data still has (run.rest) comes in the next one.
function Ranks:cut(list, run)
   if not self.apart then return end
   local n = self.dist.allReduce(torch.LongTensor{#list}, 'min')[1]
   run.rest = n < #list
   run.ended = run.ended or run.rest
   for k = n + 1, #list do list[k] = nil end
end

--- ranks:any(flag) -> boolean: whether it holds on any rank.
function Ranks:any(flag)
   if self.size == 1 then return flag end
   return self.dist.allReduce(torch.ByteTensor{flag and 1 or 0}, 'max')[1] == 1
end

--- ranks:join(metrics) -> sums: each metric is then that of the samples of all ranks; what it was before.
function Ranks:join(metrics)
   local own = {}
   for k, metric in ipairs(metrics) do own[k] = metric.sums end
   if not self.apart or #metrics == 0 then return own end
   local all = self.dist.gatherObjects(own)
   for k, metric in ipairs(metrics) do
      metric:reset()
      for _, sums in ipairs(all) do metric:join(sums[k]) end
   end
   return own
end

--- ranks:gather(x) -> list: x of each rank.
function Ranks:gather(x) return self.size == 1 and {x} or self.dist.gatherObjects(x) end

--- ranks:seed(): random numbers of the ranks differ, which began with the same seed, so that nn.Dropout drops something else.
function Ranks:seed()
   if self.apart and self.rank > 0 then torch.manualSeed(torch.initialSeed() + self.rank) end
end

--- ranks:load(path) -> object: what rank 0 finds in the file, or nil.
function Ranks:load(path)
   if self.size > 1 then return self.dist.load(path) end
   local f = io.open(path, 'rb')
   if not f then return nil end
   f:close()
   return torch.load(path)
end

--- ranks:save(path, object): as rank 0 has it.
function Ranks:save(path, object)
   if self.size > 1 then self.dist.save(path, object) else torch.save(path, object) end
end

return M
