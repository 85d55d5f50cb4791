-- What torch and its tensors have for gradients: x:requiresGrad(), loss:backward(), torch.grad, torch.noGrad and others. Loaded
-- when one is first called.
require 'torch'
local C = require 'libtorch'
local core = require 'autograd.core'
require 'autograd.views'
local arguments = require 'torch.arguments'
local checks = require 'torch.checks'()
local torch = torch
local type = type
local band = require('bit').band
local fail = arguments.error
local M = {methods = {}, functions = {}}
local methods, functions = M.methods, M.functions

C.recording(true)
if type(package.loaded.nn) == 'table' then require 'autograd.modules' end

local floating = {['torch.FloatTensor'] = true, ['torch.DoubleTensor'] = true, ['torch.CudaTensor'] = true, ['torch.CudaDoubleTensor'] = true}

-- Raises unless the arguments of a method, x first, are of the kinds that its row declares.
local function check_tensor(name, x, ...)
   if not torch.isTensor(x) then arguments.refuse(name, true, x, ...) end
end
local function check(fine, name, ...)
   if not fine then arguments.refuse(name, true, ...) end
end
local function check_function(fine, name, ...)
   if not fine then arguments.refuse(name, false, ...) end
end

--- x:requiresGrad([on = true]) -> x: from now on operations on x are recorded, and backward adds to x:grad(); false: no more.
function methods.requiresGrad(x, on)
   check(torch.isTensor(x) and (on == nil or type(on) == 'boolean'), 'requiresGrad', x, on)
   if on == false then return C.setnode(x, false) end
   if not floating[x:type()] then
      fail('requiresGrad', 0, 'x', 'gradients are by floating-point tensors, not by a %s: x:double() makes one', x:type())
   end
   if C.recorded(x) == 0 then C.setnode(x, {core.accumulate, C.newnumber()}, core.RECORDED + core.LEAF) end
   return x
end

--- x:isRecorded() -> boolean: whether operations on x are recorded: it wants a gradient, or depends on what does.
function methods.isRecorded(x)
   check_tensor('isRecorded', x)
   return C.recorded(x) ~= 0
end

--- x:grad() -> tensor or nil: the gradient that backward passes have added up for x, which called requiresGrad.
function methods.grad(x)
   check_tensor('grad', x)
   local node = C.oldnode(x)
   return node and node.grad or nil
end

--- x:zeroGrad() -> x: forgets the gradient.
function methods.zeroGrad(x)
   check_tensor('zeroGrad', x)
   local node = C.oldnode(x)
   if node then node.grad = nil end
   return x
end

--- x:item() -> number: the only element.
function methods.item(x)
   check_tensor('item', x)
   if x:nElement() ~= 1 then fail('item', 0, 'x', 'a tensor of one element expected, got %d', x:nElement()) end
   return C.alias(x):view(1)[1]
end

--- x:detach() -> tensor: on the same memory, but not recorded.
function methods.detach(x)
   check_tensor('detach', x)
   return C.alias(x)
end

--- x:hook(f) -> x: f(g) is called with the gradient by x in every backward pass; what it returns, if anything, takes its place.
function methods.hook(x, f)
   check(torch.isTensor(x) and type(f) == 'function', 'hook', x, f)
   local node = C.node(x)
   if not node then fail('hook', 0, 'x', 'the tensor is not recorded') end
   node.hooks = node.hooks or {}
   table.insert(node.hooks, f)
   return x
end

--- x:retainGrad() -> x: x:grad() has the gradient of x, an intermediate result, too.
function methods.retainGrad(x)
   check_tensor('retainGrad', x)
   local node = C.node(x)
   if node and node[1] ~= core.accumulate then
      methods.hook(x, function(g) node.grad = node.grad and node.grad + g or g:clone() end)
   end
   return x
end

-- The gradient to begin with.
local function start_of(name, x, g, at)
   if C.recorded(x) == 0 then fail(name, 0, 'x', 'the tensor depends on none that called requiresGrad') end
   if g == nil then
      if x:nElement() ~= 1 then
         fail(name, at, 'gradient', 'a tensor with as many elements as x expected where x has more than one: %d', x:nElement())
      end
      return C.alias(x):clone():fill(1)
   end
   if type(g) == 'number' and x:nElement() == 1 then return C.alias(x):clone():fill(g) end
   if not torch.isTensor(g) or g:type() ~= x:type() or g:nElement() ~= x:nElement() then
      fail(name, at, 'gradient', '%s of %d elements expected, got %s', x:type(), x:nElement(), torch.type(g))
   end
   return g:isSameSizeAs(x) and g or g:viewAs(x)
end

local of_backward = {retainGraph = 'boolean', createGraph = 'boolean'}
--- x:backward([gradient] [, options]): adds to x:grad() of every tensor that called requiresGrad, and on which x depends, the gradient of x, a
-- tensor of one element, or of the product of x and `gradient`. What operations have saved is given back on the way, but with
-- options.retainGraph; with options.createGraph the gradients are recorded themselves.
function methods.backward(x, g, options)
   if type(g) == 'table' and options == nil then g, options = nil, g end
   check(torch.isTensor(x) and (g == nil or type(g) == 'number' or torch.isTensor(g)) and (options == nil or type(options) == 'table'), 'backward', x, g, options)
   options = options and checks.options('backward', 2, of_backward, options) or {}
   core.run({C.node(x)}, {start_of('backward', x, g, 1)},
      {keep = options.retainGraph, create = options.createGraph, leaves = true})
end

local of_grad = {retainGraph = 'boolean', createGraph = 'boolean', allowUnused = 'boolean|string', gradOutputs = 'tensor|table|number'}
local function list_of(v) return torch.isTensor(v) and {v} or v end

--- torch.grad(outputs, inputs [, options]) -> gradient, or a table of them: of the sum of the outputs, tensors of one element or times
-- options.gradOutputs, by the inputs; x:grad() of no tensor changes. options: retainGraph, createGraph, as in backward; allowUnused:
-- inputs on which nothing depends get zeros rather than an error, or with 'nil' nothing: their places in the table are empty.
function functions.grad(outputs, inputs, options)
   options = options ~= nil and checks.options('grad', 3, of_grad, options) or {}
   local function tensors(v) return torch.isTensor(v) or type(v) == 'table' and torch.isTensor(v[1]) end
   if not tensors(outputs) then fail('grad', 1, 'outputs', 'a tensor or a table of tensors expected, got %s', torch.type(outputs)) end
   if not tensors(inputs) then fail('grad', 2, 'inputs', 'a tensor or a table of tensors expected, got %s', torch.type(inputs)) end
   local nodes, gradients, wanted = {}, {}, {}
   local given = options.gradOutputs and list_of(options.gradOutputs) or {}
   for i, x in ipairs(list_of(outputs)) do
      gradients[i], nodes[i] = start_of('grad', x, given[i], 1), C.node(x)
   end
   for i, x in ipairs(list_of(inputs)) do
      local node = C.node(x)
      if not node then fail('grad', 2, 'inputs', 'input %d is not recorded: call requiresGrad before', i) end
      wanted[node] = node[1] == core.accumulate and 'last' or true
   end
   if type(options.allowUnused) == 'string' and options.allowUnused ~= 'nil' then
      fail('grad', 3, 'options.allowUnused', "true, false or 'nil' expected, got '%s'", options.allowUnused)
   end
   local found = core.run(nodes, gradients, {keep = options.retainGraph, create = options.createGraph, leaves = false}, wanted)
   local result = {}
   for i, x in ipairs(list_of(inputs)) do
      result[i] = found[C.node(x)]
      if result[i] == nil then
         if not options.allowUnused then
            fail('grad', 2, 'inputs', 'the outputs do not depend on input %d; allowUnused = true gives zeros', i)
         end
         if options.allowUnused ~= 'nil' then result[i] = C.alias(x):clone():zero() end
      end
   end
   if torch.isTensor(inputs) then return result[1] end
   return result
end

--- torch.noGrad(f, ...) -> what f(...) returns, which is called without recording.
function functions.noGrad(f, ...)
   check_function(type(f) == 'function', 'noGrad', f, ...)
   return core.with_recording(false, f, ...)
end

--- torch.enableGrad(f, ...) -> what f(...) returns, which is called with recording, also within torch.noGrad.
function functions.enableGrad(f, ...)
   check_function(type(f) == 'function', 'enableGrad', f, ...)
   return core.with_recording(true, f, ...)
end

--- torch.anomaly(f, ...) -> what f(...) returns: while it runs, operations note the line that called them, and the first derivative
-- that gives NaN or infinity is an error that names operation and line. Slower.
function functions.anomaly(f, ...)
   check_function(type(f) == 'function', 'anomaly', f, ...)
   local before = C.anomaly(true)
   core.state.anomaly = true
   local function finish(ok, ...)
      C.anomaly(before)
      core.state.anomaly = before
      if not ok then error((...), 0) end
      return ...
   end
   return finish(pcall(f, ...))
end

--- torch.isRecording() -> boolean: whether operations on recorded tensors are recorded now.
function functions.isRecording() return C.recording() end

return M
