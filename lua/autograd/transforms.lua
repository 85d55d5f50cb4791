-- Functions made of functions: gradients, Jacobians, Hessians and products with them. torch.vjp and its sisters, and what
-- require 'autograd' gives (lua/autograd/init.lua).
local C = require 'libtorch'
local core = require 'autograd.core'
require 'autograd.methods'
local arguments = require 'torch.arguments'
local torch = torch
local M = {}

local function as_list(v) return torch.isTensor(v) and {v} or v end
local function like(v, list) return torch.isTensor(v) and list[1] or list end

-- Recorded stand-ins for inputs, which stay as they are; inputs that are recorded already stand for themselves.
local function inputs_of(xs)
   local list = {}
   for i, x in ipairs(as_list(xs)) do list[i] = C.recorded(x) ~= 0 and x:view(x:size()) or C.alias(x):requiresGrad() end
   return list
end
local function plain(x) return torch.isTensor(x) and C.recorded(x) ~= 0 and C.alias(x) or x end
local function zeros(x) return C.alias(x):clone():zero() end

local function check(name, f, xs, v)
   if type(f) ~= 'function' then arguments.error(name, 1, 'f', 'function expected, got %s', torch.type(f)) end
   if v ~= nil and type(v) ~= 'table' and not torch.isTensor(v) then
      arguments.error(name, 3, 'v', 'a tensor or a table of tensors expected, got %s', torch.type(v))
   end
   if not torch.isTensor(xs) and (type(xs) ~= 'table' or not torch.isTensor(xs[1])) then
      arguments.error(name, 2, (name == 'jacobian' or name == 'hessian') and 'x' or 'xs', 'a tensor or a table of tensors expected, got %s', torch.type(xs))
   end
end

-- Directions, or a table of them: v is like xs.
local function check_directions(name, xs, v)
   local list, given = as_list(xs), v ~= nil and as_list(v) or {}
   for i, x in ipairs(list) do
      local e = given[i]
      if not torch.isTensor(e) or e:type() ~= x:type() or not e:isSameSizeAs(x) then
         arguments.error(name, 3, 'v', '%s expected%s, in the sizes of xs, got %s', C.describe(C.alias(x)), #list > 1 and (' as element %d'):format(i) or '', C.describe(e))
      end
   end
end

-- Within another transform results stay recorded.
local function nested(xs)
   for _, x in ipairs(as_list(xs)) do
      if C.recorded(x) ~= 0 then return true end
   end
   return false
end
local function result(list, keep)
   if keep then return list end
   local r = {}
   for i, x in ipairs(list) do r[i] = plain(x) end
   return r
end

--- torch.vjp(f, xs, v) -> gradients, value: v' J, J the Jacobian of f at xs, a tensor or a table of arguments; v nil: 1.
function M.vjp(f, xs, v)
   check('vjp', f, xs, v)
   local keep = nested(xs)
   return core.with_recording(true, function()
      local list = inputs_of(xs)
      local y = f(unpack(list))
      local g = torch.grad(y, list, {gradOutputs = v, allowUnused = true, createGraph = keep, retainGraph = keep})
      return like(xs, result(g, keep)), keep and y or plain(y)
   end)
end

--- torch.jvp(f, xs, v) -> product, value: J v, v a tensor or a table in the sizes of xs: by two passes backward, of which the
-- second goes through the first.
function M.jvp(f, xs, v)
   check('jvp', f, xs, v)
   check_directions('jvp', xs, v)
   local keep = nested(xs) or nested(v)
   return core.with_recording(true, function()
      local list = inputs_of(xs)
      local y = f(unpack(list))
      if C.recorded(y) == 0 then return zeros(y), y end
      local u = zeros(y):requiresGrad()
      local g = torch.grad(y, list, {gradOutputs = u, allowUnused = true, createGraph = true})
      local seeds, through = {}, {}
      for i, gi in ipairs(g) do
         if C.recorded(gi) ~= 0 then through[#through + 1], seeds[#seeds + 1] = gi, as_list(v)[i] end
      end
      if #through == 0 then return zeros(y), plain(y) end
      local product = torch.grad(through, u, {gradOutputs = seeds, createGraph = keep, allowUnused = true})
      return keep and product or plain(product), keep and y or plain(y)
   end)
end

--- torch.jacobian(f, x) -> matrix, value: d f_i / d x_j of a tensor x, elements in row-major order.
function M.jacobian(f, x)
   check('jacobian', f, x)
   local keep = nested(x)
   return core.with_recording(true, function()
      local input = inputs_of(x)[1]
      local y = f(input)
      local m, n, rows = y:nElement(), x:nElement(), {}
      local flat = y:contiguous():view(m)
      for i = 1, m do
         if C.recorded(flat) == 0 then rows[i] = zeros(x):view(1, n)
         else
            local g = torch.grad(flat:narrow(1, i, 1), input, {retainGraph = true, createGraph = keep, allowUnused = true})
            rows[i] = (keep and g or plain(g)):contiguous():view(1, n)
         end
      end
      return #rows == 1 and rows[1] or torch.cat(rows, 1), keep and y or plain(y)
   end)
end

local function gradient(f)
   return function(x)
      local g = torch.grad(f(x), x, {createGraph = true, allowUnused = true})
      return g
   end
end

--- torch.hessian(f, x) -> matrix: second derivatives of f, which returns a tensor of one element.
function M.hessian(f, x)
   check('hessian', f, x)
   return core.with_recording(true, function()
      local input = inputs_of(x)[1]
      local keep, n, rows = nested(x), x:nElement(), {}
      local g = gradient(f)(input):contiguous():view(n)
      for i = 1, n do
         local row = C.recorded(g) ~= 0 and torch.grad(g:narrow(1, i, 1), input, {retainGraph = true, createGraph = keep, allowUnused = true}) or zeros(x)
         rows[i] = (keep and row or plain(row)):contiguous():view(1, n)
      end
      return #rows == 1 and rows[1] or torch.cat(rows, 1)
   end)
end

--- torch.hvp(f, xs, v) -> product, gradients: H v, H the Hessian of f, which returns a tensor of one element.
function M.hvp(f, xs, v)
   check('hvp', f, xs, v)
   check_directions('hvp', xs, v)
   return core.with_recording(true, function()
      local list, keep = inputs_of(xs), nested(xs)
      local g = torch.grad(f(unpack(list)), list, {createGraph = true, allowUnused = true})
      local through, seeds = {}, {}
      for i, gi in ipairs(g) do
         if C.recorded(gi) ~= 0 then through[#through + 1], seeds[#seeds + 1] = gi, as_list(v)[i] end
      end
      local product = {}
      if #through > 0 then product = torch.grad(through, list, {gradOutputs = seeds, createGraph = keep, allowUnused = true})
      else for i, x in ipairs(list) do product[i] = zeros(x) end end
      return like(xs, result(product, keep)), like(xs, result(g, keep))
   end)
end

-- Along a new first dimension.
local function stacked(list)
   if not torch.isTensor(list[1]) then
      if type(list[1]) == 'number' then return torch.Tensor(list) end
      local r = {}
      for k in ipairs(list[1]) do
         local column = {}
         for i, t in ipairs(list) do column[i] = t[k] end
         r[k] = stacked(column)
      end
      return r
   end
   local sizes = torch.LongStorage(list[1]:dim() + 1)
   sizes[1] = 1
   for d = 1, list[1]:dim() do sizes[d + 1] = list[1]:size(d) end
   local parts = {}
   for i, x in ipairs(list) do parts[i] = x:contiguous():view(sizes) end
   return #parts == 1 and parts[1] or torch.cat(parts, 1)
end

--- torch.vmap(f) -> function: calls f for every position of the first dimension of its arguments, which is not seen by f, and
-- puts the results side by side; arguments that are no tensors are handed to every call. A loop: it saves writing, not time.
function M.vmap(f)
   if type(f) ~= 'function' then arguments.refuse('vmap', false, f) end
   return function(...)
      local n, arguments, size = select('#', ...), {...}, nil
      for i = 1, n do
         if torch.isTensor(arguments[i]) then
            if size and arguments[i]:size(1) ~= size then
               error(C.where() .. ('vmap: argument %d has %d positions, others %d'):format(i, arguments[i]:size(1), size), 0)
            end
            size = arguments[i]:size(1)
         end
      end
      if not size then error(C.where() .. 'vmap: no argument is a tensor', 0) end
      local results = {}
      for k = 1, size do
         local slices = {}
         for i = 1, n do
            local x = arguments[i]
            if torch.isTensor(x) then slices[i] = x:dim() == 1 and x:narrow(1, k, 1) or x:select(1, k) else slices[i] = x end
         end
         local r = {f(unpack(slices, 1, n))}
         results[k] = #r == 1 and r[1] or r
      end
      local all = stacked(results)
      if torch.isTensor(all) then return all end
      return unpack(all)
   end
end

return M
