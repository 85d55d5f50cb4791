-- Gradients against finite differences of first and second order. Loaded by dofile.
local M = {}

local function flatten(v, list)
   if type(v) == 'number' then v = torch.DoubleTensor{v} end
   if torch.isTensor(v) then list[#list + 1] = v:dim() > 0 and v or nil
   elseif type(v) == 'table' then for _, e in ipairs(v) do flatten(e, list) end end
   return list
end

-- Draws that depend on the number of the call alone.
local function weights(x, seed)
   local w = x:clone():zero()
   local v = w:storage()
   for i = 1, #v do v[i] = 0.5 + ((i * 37 + seed * 101) % 29) / 29 end
   return w
end

-- The weighted sum of the tensors, a tensor of one element.
local function weighted(list, seed)
   local total
   for i, x in ipairs(list) do
      if torch.isTensor(x) and (x:type() == 'torch.DoubleTensor') then
         local w = torch.isTensor(x) and weights(x:detach(), seed + i)
         local s = torch.dot(x, w)
         total = total and total + s or s
      end
   end
   return total
end

local function number(v) return torch.isTensor(v) and v:item() or v or 0 end

-- Along every element of x's memory.
local function differences(f, x, h)
   local memory = x:storage()
   local d = torch.DoubleTensor():resize(x:size(), x:stride()):zero()
   local out = d:storage()
   for i = 1, #memory do
      local v = memory[i]
      memory[i] = v + h
      local up = number(f())
      memory[i] = v - h
      local down = number(f())
      memory[i] = v
      out[i] = (up - down) / (2 * h)
   end
   return d
end

local function far(a, b, tolerance)
   local d = (a - b):abs():max()
   local scale = math.max(1, b:clone():abs():max())
   if not (d <= tolerance * scale) then return d / scale end
end

--- check(check, name, f, args [, tolerance]): f(args...) returns tensors; its gradients by the tensors among the arguments, DoubleTensors,
-- and theirs.
function M.check(check, name, f, args, tolerance)
   tolerance = tolerance or 2e-6
   local xs, copies = {}, {}
   local function copied(v)
      if torch.isTensor(v) and v:type() == 'torch.DoubleTensor' then
         local x = v:isContiguous() and v:clone() or v:t():clone():t()
         xs[#xs + 1] = x
         return x
      elseif type(v) == 'table' then
         local t = {}
         for i, e in ipairs(v) do t[i] = copied(e) end
         return t
      end
      return v
   end
   for i, a in ipairs(args) do copies[i] = copied(a) end
   local n = #args
   local function value() return weighted(flatten({f(unpack(copies, 1, n))}, {}), 1) end
   local function first(create)
      local r = value()
      return torch.grad(r, xs, {createGraph = create, allowUnused = true})
   end
   local ok, message = pcall(function()
      for _, x in ipairs(xs) do x:requiresGrad() end
      local grads = first(false)
      for i, x in ipairs(xs) do
         local expected = torch.noGrad(differences, value, x:detach(), 1e-5)
         local d = far(grads[i], expected, tolerance)
         if d then error(('gradient %d is off by %.3g:\n%s\n%s'):format(i, d, tostring(grads[i]), tostring(expected)), 0) end
      end
      local function slope() return weighted(first(true), 5) end
      local s = slope()
      if not torch.isTensor(s) or not s:isRecorded() then return end
      local second = torch.grad(s, xs, {allowUnused = true})
      for i, x in ipairs(xs) do
         local expected = differences(slope, x:detach(), 1e-5)
         local d = far(second[i], expected, 20 * tolerance)
         if d then error(('second order, %d: off by %.3g:\n%s\n%s'):format(i, d, tostring(second[i]), tostring(expected)), 0) end
      end
   end)
   check.ok(ok, name .. (ok and '' or ': ' .. tostring(message)))
end

return M
