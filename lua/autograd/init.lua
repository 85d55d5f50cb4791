--- require 'autograd': functions in the manner of the package autograd for Torch7.
--
--    local autograd = require 'autograd'
--    local df = autograd(function(params, x, y) return torch.sum(torch.pow(x * params.w - y, 2)) end)
--    local grads, loss = df(params, x, y)
--
-- df(params, ...) calls f(params, ...) and returns the gradients by params, a tensor or tables of tensors, in the same form, the loss,
-- a number, and what else f returned. Options of autograd(f, {...}):
--    gradArg       number of the argument of f by which gradients are taken, 1 by default
--    partialGrad   true: parameters on which the loss does not depend get nil; else they get zeros
--    withForward   false: df returns the gradients only
-- optimize, debugHook, reduceFunctionCalls, stableGradients, profile, profileReportFrequency, profileReporter and withGradients are
-- accepted and change nothing: no code is generated.
local C = require 'libtorch'
local core = require 'autograd.core'
require 'autograd.methods'
local checks = require 'torch.checks'()
local transforms = require 'autograd.transforms'
local torch = torch
local M = {}

for name, f in pairs(transforms) do M[name] = f end

-- Recorded stand-ins for the tensors in v; numbers become tensors of one element.
local function recorded(v, list)
   if torch.isTensor(v) then
      if C.recorded(v) ~= 0 then
         list[#list + 1] = v
         return v
      end
      if not v:type():find('Float') and not v:type():find('Double') and v:type() ~= 'torch.CudaTensor' then return v end
      local x = C.alias(v):requiresGrad()
      list[#list + 1] = x
      return x
   elseif type(v) == 'number' then
      local x = torch.Tensor{v}:requiresGrad()
      list[#list + 1] = x
      return x
   elseif type(v) == 'table' and not torch.typename(v) then
      local t = {}
      for k, e in pairs(v) do t[k] = recorded(e, list) end
      return t
   end
   return v
end

-- The gradients in the form of v, which `stand_in` has recorded tensors for.
local function form(v, stand_in, found)
   if torch.isTensor(stand_in) then
      local g = found[stand_in]
      if type(v) == 'number' and torch.isTensor(g) then return g:item() end
      return g
   elseif type(v) == 'table' and not torch.typename(v) then
      local t = {}
      for k, e in pairs(v) do t[k] = form(e, stand_in[k], found) end
      return t
   end
end

local function finish(f, options, keep, n, ...)
   local list, args = {}, {...}
   local at = options.gradArg or 1
   local params = args[at]
   local stand_in = recorded(params, list)
   args[at] = stand_in
   local results = {f(unpack(args, 1, n))}
   local loss = results[1]
   local found = {}
   if torch.isTensor(loss) and C.recorded(loss) ~= 0 then
      local g = torch.grad(loss, list, {allowUnused = options.partialGrad and 'nil' or true, createGraph = keep})
      for i, x in ipairs(list) do found[x] = g[i] end
   elseif not options.partialGrad then
      for _, x in ipairs(list) do found[x] = C.alias(x):clone():zero() end
   end
   if not keep then
      for i, r in ipairs(results) do
         if torch.isTensor(r) and C.recorded(r) ~= 0 then results[i] = r:nElement() == 1 and r:item() or C.alias(r) end
      end
   end
   if options.withForward == false then return (form(params, stand_in, found)) end
   return form(params, stand_in, found), unpack(results)
end

local of_grad = {gradArg = 'whole', partialGrad = 'boolean', withForward = 'boolean', optimize = 'boolean', debugHook = 'function',
   reduceFunctionCalls = 'boolean', stableGradients = 'boolean', profile = 'string', profileReportFrequency = 'number',
   profileReporter = 'function', withGradients = 'boolean'}

--- autograd.grad(f [, options]) -> df: a function that returns gradients, as at the head; autograd(f) is the same.
function M.grad(f, options)
   options = options ~= nil and checks.options('autograd', 2, of_grad, options) or {}
   return function(...)
      local keep = false
      -- within another df the gradients are recorded, too
      local function look(v)
         if torch.isTensor(v) then keep = keep or C.recorded(v) ~= 0
         elseif type(v) == 'table' and not torch.typename(v) then for _, e in pairs(v) do look(e) end end
      end
      for i = 1, select('#', ...) do look((select(i, ...))) end
      return core.with_recording(true, finish, f, options, keep, select('#', ...), ...)
   end
end

--- autograd.optimize(): accepted, with true or false, and changes nothing: there is no code to generate.
function M.optimize() end
--- autograd.protected: false; for programs that look at it.
M.protected = false
--- autograd.protect(): accepted and changes nothing.
function M.protect() end

-- ---- modules ----

local function parameters_of(module)
   local list = {}
   for i, w in ipairs(module:parameters() or {}) do list[i] = w end
   return list
end

--- autograd.functionalize(module) -> f, params: f(params, input) is the module's forward with those parameters; of a criterion,
-- f(input, target).
function M.functionalize(object)
   if torch.isTypeOf(object, 'nn.Criterion') then
      return function(input, target) return object:forward(input, target) end
   end
   local own = parameters_of(object)
   local params = {}
   for i, w in ipairs(own) do params[i] = w:clone() end
   if #own == 0 then return function(input) return object:forward(input) end, params end
   local with = require('autograd.Function').Function{name = torch.type(object),
      forward = function(ctx, n, input, ...)
         ctx:save(...)
         ctx.input = torch.isTensor(input) and C.alias(input) or input
         for i, w in ipairs(own) do w:copy((select(i, ...))) end
         return object:forward(ctx.input):clone()
      end,
      backward = function(ctx, g)
         if core.state.create then error(C.where() .. torch.type(object) .. ': its backward has no derivative of its own (createGraph)', 0) end
         local weights = {ctx:saved()}
         for i, w in ipairs(own) do w:copy(weights[i]) end
         object:forward(ctx.input)
         object:zeroGradParameters()
         local gradients, back = {}, object:backward(ctx.input, g:contiguous())
         gradients[1], gradients[2] = false, torch.isTensor(back) and back:clone() or false
         local _, sums = object:parameters()
         for i, s in ipairs(sums) do gradients[i + 2] = s:clone() end
         return unpack(gradients, 1, #own + 2)
      end}
   return function(p, input) return with(#own, input, unpack(p, 1, #own)) end, params
end

local function lazily(make)
   return setmetatable({}, {__index = function(t, name)
      local v = make(name)
      t[name] = v
      return v
   end})
end

--- autograd.nn.Linear(...) -> f, params, as functionalize makes them of nn.Linear(...); so for every module and criterion.
M.nn = lazily(function(name)
   require 'nn'
   local class = nn[name] or error('autograd.nn: there is no nn.' .. name, 3)
   return function(...) return M.functionalize(class(...)) end
end)

-- ---- losses and helpers that programs use ----

--- autograd.loss: losses of tensors, summed up.
M.loss = {}
--- autograd.loss.leastSquares(out, target) -> loss: the sum of the squares of out - target.
function M.loss.leastSquares(out, target)
   local d = out - target
   return torch.sum(torch.cmul(d, d))
end
--- autograd.loss.crossEntropy(out, target) -> loss: of scores, rows whose logSoftMax it takes, and targets of ones and zeros.
function M.loss.crossEntropy(out, target)
   return torch.neg(torch.sum(torch.cmul(target, M.util.logSoftMax(out))))
end
--- autograd.loss.logMultinomialLoss(out, target) -> loss: of logarithms of probabilities, and targets of ones and zeros.
function M.loss.logMultinomialLoss(out, target) return torch.neg(torch.sum(torch.cmul(out, target))) end
--- autograd.loss.binaryCrossEntropy(p, target) -> loss: of probabilities, and targets from 0 to 1.
function M.loss.binaryCrossEntropy(p, target)
   local one = torch.cmul(target, torch.log(p + 1e-6))
   local other = torch.cmul(torch.add(torch.neg(target), 1), torch.log(torch.add(torch.neg(p), 1 + 1e-6)))
   return torch.neg(torch.sum(one + other))
end
--- autograd.loss.margin(out, target [, margin = 1]) -> loss: by how much scores come nearer than the margin to that of the target, which
-- is all zeros but for a one.
function M.loss.margin(out, target, margin)
   margin = margin or 1
   local preds = torch.sum(torch.cmul(out, target))
   return torch.sum(torch.clamp(torch.csub(out, preds:expandAs(out)) + margin, 0, math.huge))
end

--- autograd.util: functions of recorded tensors that torch itself has under other names.
M.util = {}
--- autograd.util.sigmoid(x) -> tensor: torch.sigmoid(x).
function M.util.sigmoid(x) return torch.sigmoid(x) end
--- autograd.util.relu(x) -> tensor: the larger of x and 0.
function M.util.relu(x) return torch.cmax(x, 0) end
--- autograd.util.logSoftMax(x) -> tensor: logarithm of the softmax along the last dimension.
function M.util.logSoftMax(x)
   local d = x:dim()
   local shifted = x - torch.max(C.alias(x), d):expandAs(x)
   return shifted - torch.log(torch.sum(torch.exp(shifted), d)):expandAs(x)
end
--- autograd.util.softMax(x) -> tensor: exp(x) over its sum along the last dimension.
function M.util.softMax(x) return torch.exp(M.util.logSoftMax(x)) end
--- autograd.util.cat(list, d) -> tensor: torch.cat(list, d).
function M.util.cat(list, d) return torch.cat(list, d) end
--- autograd.util.oneHot(labels [, n = labels:max()]) -> tensor: a row of n zeros for each label, with a one at its place.
function M.util.oneHot(labels, n)
   n = n or labels:max()
   local r = torch.Tensor(labels:size(1), n):zero()
   return r:scatter(2, labels:long():view(-1, 1), 1)
end
--- autograd.util.defaultBool(v, default) -> boolean: v, or the default where it is nil.
function M.util.defaultBool(v, default) if v == nil then return default end return v end
for _, name in ipairs{'narrow', 'select', 'view', 'expand', 'expandAs', 'viewAs', 'index', 'gather', 'unfold', 'permute', 'transpose', 't', 'clone',
   'contiguous', 'typeAs', 'repeatTensor', 'squeeze'} do
   --- autograd.util.narrow, typeAs, select, view, expand, expandAs, viewAs, index, gather, unfold, permute, transpose, t, clone, contiguous, repeatTensor, squeeze(x, ...) -> tensor: the method of x.
   M.util[name] = function(x, ...) return x[name](x, ...) end
end
--- autograd.util.fill(x, v) -> tensor: of x's size, all v; not recorded.
function M.util.fill(x, v) return C.alias(x):clone():fill(v) end
--- autograd.util.zerosLike(x) -> tensor: of x's size, all zeros; not recorded.
function M.util.zerosLike(x) return C.alias(x):clone():zero() end
--- autograd.util.cmul(a, b) -> tensor: torch.cmul(a, b).
function M.util.cmul(a, b) return torch.cmul(a, b) end
--- autograd.util.pow(x, p) -> tensor: torch.pow(x, p).
function M.util.pow(x, p) return torch.pow(x, p) end

--- autograd.optim.sgd(f, state, params) -> step: step(...) makes one step of optim.sgd by f(params, ...) -> grads, loss.
M.optim = lazily(function(name)
   require 'optim'
   local method = optim[name] or error('autograd.optim: there is no optim.' .. name, 3)
   return function(df, state, params)
      local states = {}
      local function update(p, g)
         if torch.isTensor(p) then
            if not states[p] then
               states[p] = {}
               for k, v in pairs(state or {}) do states[p][k] = v end
            end
            local flat = p:view(-1)
            method(function() return 0, g:contiguous():view(-1) end, flat, states[p])
         elseif type(p) == 'table' then
            for k, e in pairs(p) do update(e, g[k]) end
         end
      end
      return function(...)
         local results = {df(params, ...)}
         update(params, results[1])
         return unpack(results)
      end
   end
end)

return setmetatable(M, {__call = function(_, f, options) return M.grad(f, options) end})
