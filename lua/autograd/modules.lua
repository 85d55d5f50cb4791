-- Modules and criterions of nn among recorded operations: one that is called with recorded tensors, or has parameters that called
-- requiresGrad, leaves one node, whose derivative is the module's own backward. Loaded once nn and gradients both are there.
--
-- A module keeps what its last forward left in it. Where it has run again since, alone or within another one, the node runs it again
-- on what it was given, with the random numbers of then; running means and variances stay as they are.
local C = require 'libtorch'
local core = require 'autograd.core'
local torch = torch
local type = type
local give, named = core.give, core.named

local runs = setmetatable({}, {__mode = 'k'}) -- module -> how often forward has run

-- ---- nested tables of tensors ----

local function map(f, v)
   if torch.isTensor(v) then return f(v) end
   if type(v) ~= 'table' or torch.typename(v) then return v end
   local t = {}
   for k, e in pairs(v) do t[k] = map(f, e) end
   return t
end

local function each(f, v)
   if torch.isTensor(v) then f(v)
   elseif type(v) == 'table' and not torch.typename(v) then
      for i = 1, #v do each(f, v[i]) end
   end
end

local function any_recorded(v)
   local any = false
   each(function(x) any = any or C.recorded(x) ~= 0 end, v)
   return any
end

local function list(v)
   local t = {}
   each(function(x) t[#t + 1] = x end, v)
   return t
end

-- ---- the state of a module ----

-- Whether what a module is given may be overwritten by it or what is in it: what has weights makes something new.
local function overwrites(module)
   if module.inplace == true then return true end
   for _, m in ipairs(module.modules or {}) do
      if overwrites(m) then return true end
      if m.weight and torch.isTypeOf(module, 'nn.Sequential') then return false end
   end
   return false
end

-- Whether a forward draws random numbers, and whether anything in it works in place.
local function traits(module)
   local random, in_place = false, false
   module:apply(function(m)
      local name = torch.type(m)
      in_place = in_place or m.inplace == true
      random = random or m.train ~= false and (name:find('Dropout') or name:find('RReLU') or name:find('WhiteNoise') or name:find('Fractional')
         or name:find('Transformer') or name:find('Attention') or m.dropout or m.p) and true
   end)
   return random, in_place
end

-- Calls f, after which running means are what they were.
local function with_means(module, f)
   local kept = {}
   module:apply(function(m)
      for _, name in ipairs{'running_mean', 'running_var'} do
         if torch.isTensor(m[name]) then kept[#kept + 1] = {m[name], m[name]:clone()} end
      end
   end)
   f()
   for _, pair in ipairs(kept) do pair[1]:copy(pair[2]) end
end

local function versions_of(tensors)
   local t = {}
   for i, x in ipairs(tensors) do t[i] = C.version(x) end
   return t
end

-- What the tensors show, held: set to other memory they would have its versions, which may be the same numbers.
local function views_of(tensors)
   local t = {}
   for i, x in ipairs(tensors) do t[i] = C.alias(x) end
   return t
end

-- The first of the tensors that has been written to since it had that version, or that shows something else since then.
local function changed(tensors, versions, views)
   for i, x in ipairs(tensors) do
      if C.version(x) ~= versions[i] or views and not x:isSetTo(views[i]) then return x end
   end
end

-- What backward reads again, tensors and tables of them: it must be what it was.
local function keep(node, ...)
   node.kept = list{...}
   node.versions, node.views = versions_of(node.kept), views_of(node.kept)
end

-- What forward left in the module, and shows that it or a module within has run again.
local function outputs_in(module)
   local outputs = {}
   module:apply(function(m) each(function(x) outputs[#outputs + 1] = x end, m.output) end)
   return outputs
end

-- Of a criterion: it and what it is made of keep sums, positions, outputs, and have weights, which backward reads again.
local function is_weight(name) return name == 'weights' or name == 'weight' end
local function is_state(name) return name ~= 'gradInput' and not is_weight(name) end
local function tensors_in(object, wanted, found, seen)
   for name, v in pairs(object) do
      if torch.isTensor(v) then
         if wanted(name) then found[#found + 1] = v end
      elseif type(v) == 'table' and not seen[v] then
         seen[v] = true
         tensors_in(v, wanted, found, seen)
      end
   end
   return found
end

local function state_of(object)
   return torch.isTypeOf(object, 'nn.Criterion') and tensors_in(object, is_state, {}, {}) or outputs_in(object)
end

local function ran(node)
   local module = node.module
   runs[module] = (runs[module] or 0) + 1
   node.run, node.state = runs[module], state_of(module)
   node.state_versions, node.state_views = versions_of(node.state), views_of(node.state)
end

-- Whether what forward left in the module is there still.
local function is_fresh(node)
   if runs[node.module] ~= node.run or changed(node.state, node.state_versions, node.state_views) then return false end
   local state = state_of(node.module)
   for i = 1, math.max(#state, #node.state) do
      if not rawequal(state[i], node.state[i]) then return false end
   end
   return true
end

local function check_versions(node)
   local x = changed(node.kept, node.versions, node.views)
   if x then core.changed(node, {x}) end
end

local function run_again(node)
   local module = node.module
   if is_fresh(node) then return end
   with_means(module, function()
      local now = torch.getRNGState()
      if node.random then torch.setRNGState(node.random) end
      if node.input ~= node.source then node.input = map(torch.DoubleTensor.clone, node.source) end
      module:updateOutput(node.input)
      torch.setRNGState(now)
   end)
   ran(node)
end

-- ---- the derivative ----

local function refuse_second(node)
   if core.state.create then
      error(C.where() .. torch.type(node.module) .. ': its backward has no derivative of its own, which createGraph asks for: write it with operations of torch', 0)
   end
end


-- Gradients of outputs in the shape of the module's own; none is zero.
local function nested(output, gradients, at)
   if torch.isTensor(output) then
      at[1] = at[1] + 1
      return gradients[at[1]] or output:clone():zero()
   end
   local t = {}
   for i = 1, #output do t[i] = nested(output[i], gradients, at) end
   return t
end

-- Where a tensor's elements are; of those that share them all, the same.
local function place(x)
   return x:nElement() > 0 and ('%s %d %d'):format(torch.pointer(x:storage()), x:storageOffset(), x:nElement()) or x
end

-- The gradients that a backward of the module adds to, each memory once: also those of modules within, which it may not list.
local function sums_of(node)
   local sums, seen = {}, {}
   local function add(x)
      if not torch.isTensor(x) or seen[place(x)] then return end
      seen[place(x)] = true
      sums[#sums + 1] = x
   end
   for _, w in ipairs(node.weights) do add(w[2]) end
   node.module:apply(function(m)
      add(m.gradWeight)
      add(m.gradBias)
   end)
   return sums
end

-- Gradients of the recorded parameters, each of which may be listed more than once.
local function give_weights(weights)
   local given = {}
   for _, w in ipairs(weights) do
      if not given[w[1]] then give(w[1], w[2]:clone()) end
      given[w[1]] = true
   end
end

-- Calls f, which adds to the gradients of parameters; those of recorded ones are handed on, too.
local function with_parameters(node, f)
   if #node.weights == 0 then return f() end
   local sums, before = sums_of(node), {}
   for i, sum in ipairs(sums) do
      before[i] = sum:clone()
      sum:zero()
   end
   local ok, message = pcall(f)
   if ok then give_weights(node.weights) end
   for i, sum in ipairs(sums) do sum:add(before[i]) end
   if not ok then error(message, 0) end
end

local function give_inputs(node, gradInput)
   local gradients = list(gradInput)
   for i, input in ipairs(node.inputs) do
      if input and gradients[i] then give(input, gradients[i]:clone()) end
   end
end

local function module_back(node, g)
   refuse_second(node)
   check_versions(node)
   run_again(node)
   local module = node.module
   local gradOutput = node.several and nested(module.output, g, {0}) or g:contiguous()
   if node.in_place then gradOutput = map(torch.DoubleTensor.clone, gradOutput) end -- others may have it, too
   with_parameters(node, function() give_inputs(node, module:backward(node.input, gradOutput)) end)
end
named(module_back, 'a module')

local function criterion_back(node, g)
   refuse_second(node)
   check_versions(node)
   if not is_fresh(node) then
      node.module:updateOutput(node.input, node.target)
      ran(node)
   end
   local scale = g:nElement() == 1 and g[1]
   local gradInput = node.module:backward(node.input, node.target)
   give_inputs(node, map(function(x) return scale and x * scale or torch.cmul(x, g) end, gradInput))
end
named(criterion_back, 'a criterion')

-- ---- forward ----

-- Those of which gradients are wanted, each with what backward adds its gradient to; and all.
local function recorded_parameters(module)
   local weights, parameters, gradients = {}, module:parameters()
   for i, w in ipairs(parameters or {}) do
      if C.recorded(w) ~= 0 then weights[#weights + 1] = {C.node(w), gradients[i]} end
   end
   return weights, parameters or {}
end

local function new_node(f, module, input)
   local node = {f, C.newnumber()}
   node.name, node.module, node.input, node.inputs = torch.type(module), module, input, {}
   return node
end

local function begin(f, module, input, in_place)
   local node = new_node(f, module, map(C.alias, input))
   node.source, node.in_place = node.input, in_place
   if in_place and overwrites(module) then node.input = map(torch.DoubleTensor.clone, node.source) end -- others have it, and it may run again
   for i, x in ipairs(list(input)) do node.inputs[i] = C.node(x) end
   if core.state.anomaly then node.where = C.where() end
   return node
end

-- Copies of the outputs, each with a node.
local function outputs(node, output)
   if torch.isTensor(output) then return C.setnode(output:clone(), node, core.RECORDED) end
   node.several = true
   local k = 0
   return map(function(x)
      k = k + 1
      local child = {core.one_of_several, C.newnumber(), nil, node, k}
      return C.setnode(x:clone(), child, core.RECORDED)
   end, output)
end

local function count(module) runs[module] = (runs[module] or 0) + 1 end

local function wrap_module(mt)
   local forward = mt.forward
   rawset(mt, 'forward', function(self, input)
      if not C.recording() then
         count(self)
         return forward(self, input)
      end
      local weights, parameters = recorded_parameters(self)
      if #weights == 0 and not any_recorded(input) then
         count(self)
         return forward(self, input)
      end
      local random, in_place = traits(self)
      local node = begin(module_back, self, input, in_place)
      node.weights = weights
      node.random = random and torch.getRNGState() or nil
      local before = versions_of(parameters)
      local output = core.with_recording(false, forward, self, node.input)
      keep(node, node.source, changed(parameters, before) and {} or parameters) -- some write their weights in forward
      ran(node)
      return outputs(node, output)
   end)
   local call = mt.__call__
   rawset(mt, '__call__', function(self, input, ...)
      local tensors = torch.isTensor(input) or type(input) == 'table' and torch.isTensor(input[1])
      if C.recording() and tensors and select('#', ...) == 0 then return self:forward(input) end
      return call(self, input, ...)
   end)
end

local function wrap_criterion(mt)
   local forward = mt.forward
   rawset(mt, 'forward', function(self, input, target)
      if not C.recording() or not any_recorded(input) then
         count(self)
         return forward(self, input, target)
      end
      if any_recorded(target) then
         error(C.where() .. torch.typename(self) ..
            ': argument #2 (target): the tensor is recorded, and criterions have no derivative by their targets: give target:detach()', 0)
      end
      local node = begin(criterion_back, self, input)
      node.target = map(C.alias, target)
      local loss = core.with_recording(false, forward, self, node.input, node.target)
      keep(node, node.input, node.target or {}, tensors_in(self, is_weight, {}, {}))
      ran(node)
      if type(loss) == 'number' then loss = list(node.input)[1].new(1):fill(loss) else loss = loss:clone() end
      return C.setnode(loss, node, core.RECORDED)
   end)
   local call = mt.__call__
   rawset(mt, '__call__', function(self, input, target)
      if C.recording() and any_recorded(input) then return self:forward(input, target) end
      return call(self, input, target)
   end)
end

wrap_module(torch.getmetatable('nn.Module'))
wrap_criterion(torch.getmetatable('nn.Criterion'))
