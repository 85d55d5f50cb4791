-- Lists of tensors in the place of x. Methods that look at each element for itself take their step for every tensor, with a state of
-- its own; others see all of them as one vector. Either way the elements are what those of one flat x would be, bit for bit; but lamb's
-- steps depend on the tensor.
local C = require 'libtorch'
local arguments, fused = require 'optim.arguments', require 'optim.fused'
require('optim.settings').own('parts', 'flat', 'flatGradient')
local M = {}

local together = {nag = true, asgd = true, rprop = true, cg = true, lbfgs = true, cmaes = true, de = true}
local without_gradient = {cmaes = true, de = true}

local function check_tensors(name, x)
   for i, t in ipairs(x) do
      if not torch.isTensor(t) then arguments.refuse(name, 2, 'x', ('a list of tensors expected; its element %d is %s'):format(i, torch.type(t))) end
   end
   if #x == 0 then arguments.refuse(name, 2, 'x', 'a list of tensors expected, got an empty table') end
end

-- Calls f(...) without recording: parameters that want gradients are written.
local function restore(on, ok, ...)
   C.recording(on)
   if not ok then error((...), 0) end
   return ...
end
local function unrecorded(f, ...)
   if not C.recording() then return f(...) end
   return restore(C.recording(false), pcall(f, ...))
end

-- ---- gradients ----

-- What backward has left in the tensors; nothing is 0.
local function left_behind(name, x)
   local g, any = {}, false
   for i, t in ipairs(x) do
      g[i] = C.recorded(t) ~= 0 and t:grad() or nil
      any = any or g[i] ~= nil
   end
   if not any then
      arguments.refuse(name, 1, 'opfunc', 'it gave no gradients, and no x[i]:grad() is there: return a list of them, or the loss as a recorded tensor, or call backward')
   end
   for i, t in ipairs(x) do g[i] = g[i] or t.new(t:size()):zero() end
   return g
end

local function check_recorded(name, x)
   for i, t in ipairs(x) do
      if C.recorded(t) == 0 then
         arguments.refuse(name, 2, 'x', ('x[%d] is not recorded, and opfunc gave a loss without gradients: call x[%d]:requiresGrad()'):format(i, i))
      end
   end
end

local function check_gradients(name, g, x)
   if #g ~= #x then arguments.refuse(name, 1, 'opfunc', ('%d gradients for %d tensors'):format(#g, #x)) end
   for i, t in ipairs(x) do
      if not torch.isTensor(g[i]) or g[i]:type() ~= t:type() or not g[i]:isSameSizeAs(t) then
         arguments.refuse(name, 1, 'opfunc', ('gradient %d is %s; %s expected, as x[%d]'):format(i, C.describe(g[i]), C.describe(C.alias(t)), i))
      end
   end
end

-- f(x), a number, and a gradient for each tensor: opfunc's own, or of the loss that it returns, or what backward has left.
local function evaluate(name, opfunc, x)
   local fx, g = opfunc(x)
   local recorded = torch.isTensor(fx) and C.recorded(fx) ~= 0
   if g == nil and not without_gradient[name] then
      if recorded then check_recorded(name, x) end
      g = recorded and torch.grad(fx, x, {allowUnused = true}) or left_behind(name, x)
   end
   if g then check_gradients(name, g, x) end
   return recorded and fx:item() or fx, g
end

-- ---- each for itself ----

local function step(name, f, opfunc, x, config, state)
   config = config or {}
   state = state or config
   local fx, g = evaluate(name, opfunc, x)
   state.parts = state.parts or {}
   local function each()
      for i, t in ipairs(x) do
         state.parts[i] = state.parts[i] or {}
         f(function() return fx, g[i] end, t, config, state.parts[i])
      end
   end
   if name == 'lamb' then unrecorded(each) else unrecorded(fused.together, x, each) end -- lamb goes on with what its step gives
   return x, {fx}
end

-- ---- all as one vector ----

local function total(x)
   local n = 0
   for _, t in ipairs(x) do n = n + t:nElement() end
   return n
end

-- f(part of the vector, tensor) for each.
local function along(flat, x, f)
   local first = 1
   for _, t in ipairs(x) do
      local n = t:nElement()
      if n > 0 then f(flat:narrow(1, first, n), t) end
      first = first + n
   end
end
local function gather(part, t) part:copy(t) end
local function scatter(part, t) t:copy(part) end

local function like(flat, x)
   local list = {}
   along(flat, x, function(part, t) list[#list + 1] = part:viewAs(t) end)
   return list
end

local function vector(v, x)
   local n = total(x)
   if torch.isTensor(v) and v:nElement() == n and v:type() == x[1]:type() then return v end
   return x[1].new(n)
end

local function flat_step(name, f, opfunc, x, config, state)
   config = config or {}
   local kept = state or config
   kept.flat, kept.flatGradient = vector(kept.flat, x), vector(kept.flatGradient, x)
   local flat, gradient = kept.flat, kept.flatGradient
   unrecorded(along, flat, x, gather)
   local results = {f(function(v)
      unrecorded(along, v:view(-1), x, scatter)
      local fx, g = evaluate(name, opfunc, x)
      if not g then return fx end
      unrecorded(along, gradient, g, gather)
      return fx, gradient
   end, flat, config, state)}
   unrecorded(along, results[1]:view(-1), x, scatter)
   results[1] = x
   if torch.isTensor(results[3]) and results[3]:nElement() == flat:nElement() then results[3] = like(results[3], x) end -- asgd's average
   return unpack(results)
end

--- f, or where its declaration lets x be a table, a function that takes lists, too.
function M.over_lists(name, f)
   local declared = arguments.arguments[name]
   if not declared or not declared:find('x tensor|table', 1, true) then return f end
   return function(opfunc, x, config, state)
      if type(x) ~= 'table' then return f(opfunc, x, config, state) end
      check_tensors(name, x)
      local vectors = config and (config.learningRates or config.weightDecays) -- a factor for every element of all
      return ((together[name] or vectors) and flat_step or step)(name, f, opfunc, x, config, state)
   end
end

--- g of optim.clipNorm or clipValue, a tensor or a list, as a list; `most` may not be negative.
function M.toClip(name, g, most)
   local list = torch.isTensor(g) and {g} or g
   for i, t in ipairs(list) do
      if not torch.isTensor(t) then arguments.refuse(name, 1, 'g', ('a tensor or a list of tensors expected; its element %d is %s'):format(i, torch.type(t))) end
   end
   if not (most >= 0) then arguments.refuse(name, 2, 'most', ('a number that is not negative expected, got %s'):format(most)) end
   return list
end

return M
