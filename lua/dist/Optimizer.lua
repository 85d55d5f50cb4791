--- dist.Optimizer(net, method [, config={}]): a method of optim ('adam', ...) whose state is spread over the ranks: each keeps
-- that of its part of the parameters, changes this part, and hands it to the others (ZeRO, stage 1). Results are those of the
-- method on all parameters, to the bit, of methods that look at each element for itself (not lbfgs, cg, lamb). Fields: params and
-- grads, as of net:getParameters(); config, which may be changed between steps.
--
--    local optimizer = dist.Optimizer(net, 'adam', {learningRate = 1e-3})
--    optimizer:step(function() ... return loss, optimizer.grads end)
--
-- The gradients of a dist.DataParallel are averaged already; those of another net are here.
--
-- After S. Rajbhandari, J. Rasley, O. Ruwase, Y. He, ZeRO: memory optimizations toward training trillion parameter models, 2020.
local dist = require 'dist'
local checks = require 'dist.fail'
local torch = torch
local Optimizer = torch.class('dist.Optimizer', dist)

-- First element and number of elements of a rank's part.
local function part(n, rank, size)
   local first = math.floor(rank * n / size)
   return first + 1, math.floor((rank + 1) * n / size) - first
end

function Optimizer:__init(net, method, config)
   if not torch.isTypeOf(net, 'nn.Module') then checks.wrong('Optimizer', 1, 'net', 'nn.Module expected, got %s', torch.type(net)) end
   require 'optim'
   local f = type(method) == 'string' and optim[method] or method
   if type(f) ~= 'function' then checks.wrong('Optimizer', 2, 'method', "name of a method of optim ('sgd', 'adam', ...) expected, got %s", tostring(method)) end
   self.method, self.config, self.own = f, checks.check('Optimizer', 3, 'config', 'table|nil', config) or {}, {}
   self.params, self.grads = net:getParameters()
   self.averaged = torch.isTypeOf(net, 'dist.DataParallel')
   if self.params:nElement() < dist.size() then checks.fail('Optimizer', 'a net of %d parameters is not to be spread over %d ranks', self.params:nElement(), dist.size()) end
end

-- Every rank's part becomes what that rank has.
local function exchange(x)
   local requests, n = {}, x:nElement()
   for root = 0, dist.size() - 1 do
      local first, count = part(n, root, dist.size())
      requests[root + 1] = dist.async.broadcast(x:narrow(1, first, count), root)
   end
   for _, request in ipairs(requests) do request:wait() end
end

--- optimizer:step(f) -> loss: one step. f(params) returns the loss and fills and returns grads; it is called once.
function Optimizer:step(f)
   local loss, grads = f(self.params)
   if not self.averaged then dist.allReduce(grads, 'mean') end
   local first, n = part(self.params:nElement(), dist.rank(), dist.size())
   local g = grads:narrow(1, first, n)
   self.method(function() return loss, g end, self.params:narrow(1, first, n), self.config, self.own)
   exchange(self.params)
   return loss
end

--- optimizer:state() -> table: the state of all parameters, the same on every rank, to be saved; every rank calls it.
function Optimizer:state()
   local all, n = {}, self.params:nElement()
   local first, count = part(n, dist.rank(), dist.size())
   local names = {}
   for name in pairs(self.own) do names[#names + 1] = name end
   table.sort(names)
   for _, name in ipairs(names) do
      local v = self.own[name]
      if torch.isTensor(v) and v:nElement() == count then
         local whole = v.new(n)
         whole:narrow(1, first, count):copy(v)
         exchange(whole)
         v = whole
      end
      all[name] = v
   end
   return all
end

--- optimizer:resume(state): goes on with the state that optimizer:state() gave, of any number of ranks.
function Optimizer:resume(state)
   checks.check('Optimizer.resume', 1, 'state', 'table', state)
   local n = self.params:nElement()
   local first, count = part(n, dist.rank(), dist.size())
   self.own = {}
   for name, v in pairs(state) do
      self.own[name] = torch.isTensor(v) and v:nElement() == n and v:narrow(1, first, count):clone() or v
   end
end
