-- torch.Function: operations with a derivative of their own, written in Lua; and torch.checkpoint, which is one.
local C = require 'libtorch'
local core = require 'autograd.core'
require 'autograd.methods'
local torch = torch

local Context = {}
Context.__index = Context

--- ctx:save(...): keeps values for backward, where ctx:saved() returns them; tensors must not change until then.
function Context:save(...)
   self.kept, self.n, self.version = {...}, select('#', ...), 0
   for i = 1, self.n do self.version = self.version + (torch.isTensor(self.kept[i]) and C.version(self.kept[i]) or 0) end
end

function Context:saved()
   local version = 0
   for i = 1, self.n or 0 do version = version + (torch.isTensor(self.kept[i]) and C.version(self.kept[i]) or 0) end
   if version ~= (self.version or 0) then
      error(C.where() .. self.name .. ': a tensor that forward saved was changed in place before backward', 0)
   end
   return unpack(self.kept or {}, 1, self.n or 0)
end

-- More gradients than arguments are one too many by mistake; nil and false are none.
local function check_count(ctx, n, gradients)
   local last = table.maxn(gradients)
   while last > n and not gradients[last] do last = last - 1 end
   if last > n then
      error(C.where() .. ('%s: backward returned %d gradients, and the function had %d argument%s'):format(ctx.name, last, n, n == 1 and '' or 's'), 0)
   end
end

local function back(node, g)
   local ctx = node.context
   local gradients
   if node.n == 1 then gradients = {ctx.backward(ctx, g)}
   else
      local list = {}
      for k = 1, node.n do list[k] = g[k] or node.zeros[k]:clone():zero() end
      gradients = {ctx.backward(ctx, unpack(list, 1, node.n))}
   end
   check_count(ctx, node.arguments, gradients)
   for i = 1, node.arguments do
      local input, v = node.inputs[i], gradients[i]
      if input and v ~= nil and v ~= false then
         local form = node.forms[i]
         if not core.fits(v, form[1], form[2]) then
            error(C.where() .. ('%s: backward returned, as gradient %d, %s: %s [%s], as the argument, nil or false expected'):format(
               ctx.name, i, core.shown(v), form[1], table.concat(form[2]:totable(), ' x ')), 0)
         end
         core.give(input, v)
      end
   end
end
core.named(back, 'torch.Function')

local function attach(node, ...)
   local n = select('#', ...)
   node.n, node.zeros = n, {...}
   if n == 1 then
      local y = ...
      if torch.isTensor(y) then return C.setnode(C.recorded(y) ~= 0 and C.alias(y) or y, node, core.RECORDED) end
      return y
   end
   local results = {...}
   for k = 1, n do
      if torch.isTensor(results[k]) then
         C.setnode(results[k], {core.one_of_several, C.newnumber(), nil, node, k}, core.RECORDED)
      end
   end
   return unpack(results, 1, n)
end

--- torch.Function{forward = f, backward = b [, name = 'a function']} -> function: calls f(ctx, ...) without recording; its results are
-- recorded when an argument is. backward calls b(ctx, g...) with the gradients of the results, which returns one for each argument,
-- nil or false for none. ctx:save(...) in f keeps what b gets by ctx:saved(). What b does is recorded under createGraph.
local function Function(definition)
   if type(definition) ~= 'table' or type(definition.forward) ~= 'function' or type(definition.backward) ~= 'function' then
      require('torch.arguments').error('Function', 1, 'definition', 'a table with the functions forward and backward expected, got %s', torch.type(definition))
   end
   return function(...)
      local n, any, inputs = select('#', ...), false, {}
      local ctx = setmetatable({name = definition.name or 'torch.Function', backward = definition.backward}, Context)
      local forms = {}
      if C.recording() then
         for i = 1, n do
            local x = select(i, ...)
            inputs[i] = C.recorded(x) ~= 0 and C.node(x)
            if inputs[i] then any, forms[i] = true, {x:type(), x:size()} end
         end
      end
      if not any then return core.with_recording(false, definition.forward, ctx, ...) end
      local node = {back, 0}
      node.name, node.context, node.inputs, node.forms, node.arguments, node.unknown = ctx.name, ctx, inputs, forms, n, definition.unknown
      local function numbered(...)
         node[2] = C.newnumber()
         return attach(node, ...)
      end
      return numbered(core.with_recording(false, definition.forward, ctx, ...))
   end
end

-- ---- recomputing ----

local function leaves_of(arguments, n)
   local copies = {}
   for i = 1, n do
      local x = arguments[i]
      copies[i] = torch.isTensor(x) and C.recorded(x) ~= 0 and C.alias(x):requiresGrad() or x
   end
   return copies
end

--- torch.checkpoint(f, ...) -> what f(...) returns, tensors: nothing of what f records is kept; backward calls f again, with the
-- random numbers of the first time. Tensors that f reaches in other ways than by its arguments get their gradients, too.
local function checkpoint(f, ...)
   if type(f) ~= 'function' then require('torch.arguments').refuse('checkpoint', false, f, ...) end
   local n, arguments, state = select('#', ...), {...}, torch.getRNGState()
   if not C.recording() then return f(...) end
   local run = Function{name = 'checkpoint', unknown = true, -- what its gradients go to shows when f runs again
      forward = function(ctx, trigger, ...)
         ctx:save(...)
         return f(...)
      end,
      backward = function(ctx, ...)
         if core.state.create then
            error(C.where() .. 'checkpoint: it keeps nothing for gradients of gradients (createGraph)', 0)
         end
         local floor = C.newnumber() -- what f makes now is above it
         local now, copies = torch.getRNGState(), leaves_of(arguments, n)
         local gradients, results = {...}, nil
         torch.setRNGState(state)
         core.with_recording(true, function() results = {f(unpack(copies, 1, n))} end)
         torch.setRNGState(now)
         local nodes, seeds = {}, {}
         for k, y in ipairs(results) do
            if C.recorded(y) ~= 0 then nodes[#nodes + 1], seeds[#seeds + 1] = C.node(y), gradients[k] end
         end
         core.pass_on(core.run(nodes, seeds, {keep = false, create = false, leaves = true, floor = floor}))
         local back_ = {false}
         for i = 1, n do back_[i + 1] = copies[i] ~= arguments[i] and copies[i]:grad() or false end
         return unpack(back_, 1, n + 1)
      end}
   local trigger = torch.Tensor(1):zero():requiresGrad() -- f may use recorded tensors that are no arguments
   return run(trigger, ...)
end

return {Function = Function, checkpoint = checkpoint}
