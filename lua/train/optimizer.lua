-- A method of optim with groups of parameters.
local train = require 'train'
local checks = require 'train.fail'
local torch = torch
local M = {}

--- train.Optimizer(net, method, config, groups): made by train.optimizer. Fields: params and grads, the flat tensors
-- of net:getParameters(), or the list that was given; parts, what each group works on, with the method's state. It can be saved.
local Optimizer = torch.class('train.Optimizer', train)

local function method_of(name)
   require 'optim'
   if type(name) == 'function' then return name end
   local f = type(name) == 'string' and optim[name]
   if type(f) ~= 'function' then checks.wrong('optimizer', 2, 'method', "name of a method of optim ('sgd', 'adam', ...) expected, got %s", tostring(name)) end
   return f
end

local function belongs(group, name, tensor, module)
   local match = group.match
   if type(match) == 'string' then return name:find(match) ~= nil end
   return match(name, tensor, module)
end

-- Number of the group of each parameter of a net, in order; 0: of none.
local function groups_of(net, groups)
   local of, seen = {}, {}
   net:apply(function(module)
      for _, field in ipairs{'weight', 'bias'} do
         local t = module[field]
         if torch.isTensor(t) and t:dim() > 0 then
            local name = torch.typename(module) .. '.' .. field
            for k, group in ipairs(groups) do
               if belongs(group, name, t, module) then
                  seen[torch.pointer(t:storage()) .. ':' .. t:storageOffset()] = k
                  break
               end
            end
         end
      end
   end)
   for i, t in ipairs(net:parameters() or {}) do of[i] = seen[torch.pointer(t:storage()) .. ':' .. t:storageOffset()] or 0 end
   return of
end

-- Pieces of the flat tensors: {group, first, last}, neighbours of one group joined.
local function pieces(net, groups, n)
   if #groups == 0 then return {{0, 1, n}} end
   local of, list = groups_of(net, groups), {}
   for i, t in ipairs(net:parameters() or {}) do
      local first = t:storageOffset()
      local last = first + t:nElement() - 1
      local before = list[#list]
      if before and before[1] == of[i] and before[3] + 1 == first then before[3] = last
      elseif not (before and first <= before[3]) then list[#list + 1] = {of[i], first, last} end -- shared ones come once
   end
   return list
end

local function config_of(config, group)
   local c = {}
   for k, v in pairs(config) do c[k] = v end
   for k, v in pairs(group or {}) do
      if k ~= 'match' and k ~= 'rate' then c[k] = v end
   end
   return c
end

-- Of a list of tensors that want gradients.
local function start_list(self, list, config, groups)
   if #groups > 0 then checks.wrong('optimizer', 4, 'groups', 'groups are of the parameters of a net; of a list make an optimizer for each') end
   self.params = list
   self.parts[1] = {config = config_of(config), state = {}, group = 0, rate = 1}
end

function Optimizer:__init(net, method, config, groups)
   local listed = type(net) == 'table' and torch.isTensor(net[1])
   if not listed and not torch.isTypeOf(net, 'nn.Module') then checks.wrong('optimizer', 1, 'net', 'nn.Module expected, got %s', torch.type(net)) end
   method_of(method)
   groups = checks.check('optimizer', 4, 'groups', 'table|nil', groups) or {}
   config = checks.check('optimizer', 3, 'config', 'table|nil', config) or {}
   self.method, self.parts = method, {}
   if listed then return start_list(self, net, config, groups) end
   self.params, self.grads = net:getParameters()
   for k, group in ipairs(groups) do
      if type(group) ~= 'table' or (type(group.match) ~= 'string' and type(group.match) ~= 'function') then
         checks.wrong('optimizer', 4, 'groups', 'group %d: a table with match, a pattern or function, expected', k)
      end
   end
   for _, piece in ipairs(pieces(net, groups, self.params:nElement())) do
      local group = groups[piece[1]]
      local part = {first = piece[2], n = piece[3] - piece[2] + 1, group = piece[1], config = config_of(config, group), state = {},
         rate = group and group.rate or 1}
      self.parts[#self.parts + 1] = part
      part.config.learningRate = part.config.learningRate and part.config.learningRate * part.rate
   end
end

--- optimizer:rate(r): sets the learning rate, that of each group multiplied by its `rate`.
function Optimizer:rate(r)
   for _, part in ipairs(self.parts) do part.config.learningRate = r * part.rate end
end

--- optimizer:step(f) -> loss: one step. f(params) returns the loss and fills and returns grads. With several groups
-- it is called once.
function Optimizer:step(f)
   local method = method_of(self.method)
   if #self.parts == 1 then
      local part = self.parts[1]
      local _, losses = method(f, self.params, part.config, part.state)
      return losses[1]
   end
   local loss, grads = f(self.params)
   for _, part in ipairs(self.parts) do
      local g = grads:narrow(1, part.first, part.n)
      method(function() return loss, g end, self.params:narrow(1, part.first, part.n), part.config, part.state)
   end
   return loss
end

--- train.optimizer(net, method [, config={} [, groups={}]]) -> optimizer: a method of optim ('sgd', 'adam', ...) for
-- all parameters of a net, which become flat. groups: list of {match=, rate=1, ...}: parameters whose name, such as
-- 'nn.Linear.bias', match finds (a Lua pattern or a function (name, tensor, module)) have the learning rate
-- multiplied by rate, and further settings of their own: {match = 'bias', weightDecay = 0}. The first group that
-- matches counts. Methods that look at all parameters at once (lbfgs, cg) see each group for itself.
-- In the place of net a list of tensors: step(f) is then called with what the method of optim takes for lists, such as a function that
-- returns a recorded loss.
function M.optimizer(net, method, config, groups) return train.Optimizer(net, method, config, groups) end

return M
