-- nn.SparseJacobian: nn.Jacobian for modules whose inputs are rows of (index, value), n x 2, or a table of such samples:
-- derivatives are those by the values.
local SparseJacobian = {}
nn.SparseJacobian = SparseJacobian
local Jacobian = nn.Jacobian

local function samples(input) return type(input) == 'table' and input or {input} end

local function values(input)
   local list = {}
   for i, s in ipairs(samples(input)) do list[i] = s:select(2, 2) end
   return list
end

local function count(list)
   local n = 0
   for _, t in ipairs(list) do n = n + t:nElement() end
   return n
end

local function fresh(list, minval, maxval)
   for _, t in ipairs(list) do t:copy(torch.rand(t:nElement()):mul((maxval or 2) - (minval or -2)):add(minval or -2)) end
end

-- The gradient, rows of (index, value) for every feature, by the values that the input has.
local function gradient_by_value(gradInput, input, into)
   local at = 1
   for i, s in ipairs(samples(input)) do
      local g = torch.isTensor(gradInput) and gradInput or gradInput[i]
      for k = 1, s:size(1) do
         into[at] = g[s[k][1]][2]
         at = at + 1
      end
   end
end

--- nn.SparseJacobian.backward(module, input [, param, dparam]) -> matrix: the Jacobian by the module's backward pass:
-- values, or parameters `param`, x outputs.
function SparseJacobian.backward(module, input, param, dparam)
   if param then return Jacobian.backward(module, input, param, dparam) end
   local dout = module:forward(input):clone()
   local flat = dout:view(-1)
   local jacobian = torch.Tensor(count(values(input)), flat:nElement()):zero()
   for i = 1, flat:nElement() do
      dout:zero()
      flat[i] = 1
      gradient_by_value(module:updateGradInput(input, dout), input, jacobian:select(2, i))
   end
   return jacobian
end

--- nn.SparseJacobian.backwardUpdate(module, input, param) -> matrix: what accUpdateGradParameters subtracts from the
-- parameters.
SparseJacobian.backwardUpdate = Jacobian.backwardUpdate

--- nn.SparseJacobian.forward(module, input [, param, perturbation = 1e-6]) -> matrix: the Jacobian by central
-- differences.
function SparseJacobian.forward(module, input, param, perturbation)
   if param then return Jacobian.forward(module, input, param, perturbation) end
   perturbation = perturbation or 1e-6
   local list, at = values(input), 0
   local jacobian = torch.Tensor(count(list), module:forward(input):nElement())
   for _, t in ipairs(list) do
      for i = 1, t:size(1) do
         local value = t[i]
         t[i] = value - perturbation
         local below = module:forward(input):double():clone()
         t[i] = value + perturbation
         local above = module:forward(input):double():clone()
         t[i] = value
         at = at + 1
         jacobian[at]:copy(above:add(-1, below):div(2 * perturbation))
      end
   end
   return jacobian
end

--- nn.SparseJacobian.forwardUpdate(module, input, param [, perturbation]) -> matrix: by central differences, what an
-- update subtracts.
SparseJacobian.forwardUpdate = Jacobian.forwardUpdate

local function difference(forward, backward) return forward:add(-1, backward:typeAs(forward)):abs():max() end

--- nn.SparseJacobian.testJacobian(module, input [, minval, maxval, perturbation]) -> number: how far gradInput is from
-- finite differences.
function SparseJacobian.testJacobian(module, input, minval, maxval, perturbation)
   fresh(values(input), minval, maxval)
   return difference(SparseJacobian.forward(module, input, nil, perturbation), SparseJacobian.backward(module, input))
end

--- nn.SparseJacobian.testJacobianParameters(module, input, param, dparam [, minval, maxval, perturbation]) -> number:
-- the same of the gradients of the parameter `param`, accumulated in dparam.
function SparseJacobian.testJacobianParameters(module, input, param, dparam, minval, maxval, perturbation)
   fresh(values(input), minval, maxval)
   fresh({param}, minval, maxval)
   return difference(Jacobian.forward(module, input, param, perturbation), Jacobian.backward(module, input, param, dparam))
end

--- nn.SparseJacobian.testJacobianUpdateParameters(module, input, param [, minval, maxval, perturbation]) -> number: the
-- same of updates of the parameter `param` by accUpdateGradParameters.
function SparseJacobian.testJacobianUpdateParameters(module, input, param, minval, maxval, perturbation)
   fresh(values(input), minval, maxval)
   fresh({param}, minval, maxval)
   return difference(Jacobian.forwardUpdate(module, input, param, perturbation), Jacobian.backwardUpdate(module, input, param))
end

-- the largest difference of tensors in nested tables
local function apart(a, b)
   if torch.isTensor(a) then return a:nElement() > 0 and (a - b):abs():max() or 0 end
   local worst = 0
   for k, v in pairs(a) do worst = math.max(worst, apart(v, b[k])) end
   return worst
end

--- nn.SparseJacobian.testIO(module, input [, minval, maxval]) -> number, number: writes and reads the module; the
-- largest differences of output and gradInput.
function SparseJacobian.testIO(module, input, minval, maxval)
   fresh(values(input), minval, maxval)
   local go = module:forward(input):clone():uniform(minval or -2, maxval or 2)
   module:zeroGradParameters()
   local fo, bo = module:forward(input):clone(), module:backward(input, go)
   local copy = torch.deserialize(torch.serialize(module))
   local fc, bc = copy:forward(input), copy:backward(input, go)
   return apart(fo, fc), apart(bo, bc)
end

--- nn.SparseJacobian.testAllUpdate(module, input, weight, gradWeight) -> table: compares updates by gradients with
-- updates in place: differences by what was compared.
function SparseJacobian.testAllUpdate(module, input, weight, gradWeight)
   return Jacobian.testAllUpdate(module, input, weight, gradWeight)
end

return SparseJacobian
