-- nn.Jacobian: derivatives of modules by finite differences, for tests. Inputs are drawn from
-- U(minval, maxval), by default U(-2, 2); every test returns the largest absolute difference.
local Jacobian = {}
nn.Jacobian = Jacobian

local function fresh(t, minval, maxval)
   local range = (maxval or 2) - (minval or -2)
   t:copy(torch.rand(t:nElement()):mul(range):add(minval or -2))
end

--- nn.Jacobian.backward(module, input [, param, dparam]) -> matrix: the Jacobian by the module's backward pass: inputs,
-- or parameters `param` whose gradients are dparam, x outputs.
function Jacobian.backward(module, input, param, dparam)
   local doparam = param ~= nil
   param = param or input
   local dout = module:forward(input):clone()
   local flat = dout:view(-1)
   local jacobian = torch.Tensor(param:nElement(), flat:nElement()):zero()
   for i = 1, flat:nElement() do
      dout:zero()
      flat[i] = 1
      module:zeroGradParameters()
      local din = module:updateGradInput(input, dout)
      module:accGradParameters(input, dout)
      jacobian:select(2, i):copy(doparam and dparam or din)
   end
   return jacobian
end

--- nn.Jacobian.backwardUpdate(module, input, param) -> matrix: the same for updates: what accUpdateGradParameters
-- subtracts from `param`.
function Jacobian.backwardUpdate(module, input, param)
   local dout = module:forward(input):clone()
   local flat = dout:view(-1)
   local jacobian = torch.Tensor(param:nElement(), flat:nElement()):zero()
   local params = module:parameters()
   local original = {}
   for j = 1, #params do original[j] = params[j]:clone() end
   for i = 1, flat:nElement() do
      for j = 1, #params do params[j]:copy(original[j]) end
      dout:zero()
      flat[i] = 1
      module:updateGradInput(input, dout)
      module:accUpdateGradParameters(input, dout, 1)
      jacobian:select(2, i):copy(param)
   end
   for j = 1, #params do params[j]:copy(original[j]) end
   return jacobian
end

--- nn.Jacobian.forward(module, input [, param, perturbation = 1e-6]) -> matrix: the Jacobian by central differences:
-- inputs, or parameters `param`, x outputs.
function Jacobian.forward(module, input, param, perturbation)
   param = param or input
   perturbation = perturbation or 1e-6
   assert(param:isContiguous(), 'Jacobian: the perturbed tensor must be contiguous')
   local flat = param:view(-1)
   local n = module:forward(input):nElement()
   local jacobian = torch.Tensor(flat:nElement(), n)
   for i = 1, flat:nElement() do
      local orig = flat[i]
      flat[i] = orig - perturbation
      local a = module:forward(input):double():clone()
      flat[i] = orig + perturbation
      local b = module:forward(input):double():clone()
      flat[i] = orig
      jacobian:select(1, i):copy(b:add(-1, a):div(2 * perturbation))
   end
   return jacobian
end

--- nn.Jacobian.forwardUpdate(module, input, param [, perturbation]) -> matrix: by central differences, what an update
-- subtracts.
function Jacobian.forwardUpdate(module, input, param, perturbation)
   local jacobian = Jacobian.forward(module, input, param, perturbation)
   -- what an update with learning rate 1 leaves of the parameters
   local n = jacobian:size(2)
   return jacobian:mul(-1):add(param:double():contiguous():view(-1, 1):expand(param:nElement(), n))
end

--- nn.Jacobian.testJacobian(module, input [, minval = -2, maxval = 2, perturbation]) -> number: how far gradInput is
-- from finite differences, for an input that is drawn.
--
-- > nn.Jacobian.testJacobian(nn.Tanh(), torch.Tensor(3)) < 1e-6
-- true
function Jacobian.testJacobian(module, input, minval, maxval, perturbation)
   fresh(input, minval, maxval)
   local fprop = Jacobian.forward(module, input, input, perturbation)
   local bprop = Jacobian.backward(module, input)
   return fprop:add(-1, bprop:typeAs(fprop)):abs():max()
end

--- nn.Jacobian.testJacobianParameters(module, input, param, dparam [, minval, maxval, perturbation]) -> number: the same
-- of the gradients of the parameter `param`, accumulated in dparam.
--
-- > m = nn.Linear(3, 2)
-- > nn.Jacobian.testJacobianParameters(m, torch.Tensor(3), m.weight, m.gradWeight) < 1e-6
-- true
function Jacobian.testJacobianParameters(module, input, param, dparam, minval, maxval, perturbation)
   fresh(input, minval, maxval)
   fresh(param, minval, maxval)
   local bprop = Jacobian.backward(module, input, param, dparam)
   local fprop = Jacobian.forward(module, input, param, perturbation)
   return fprop:add(-1, bprop:typeAs(fprop)):abs():max()
end

--- nn.Jacobian.testJacobianUpdateParameters(module, input, param [, minval, maxval, perturbation]) -> number: the same
-- of updates of the parameter `param` by accUpdateGradParameters.
function Jacobian.testJacobianUpdateParameters(module, input, param, minval, maxval, perturbation)
   fresh(input, minval, maxval)
   fresh(param, minval, maxval)
   local bprop = Jacobian.backwardUpdate(module, input, param)
   local fprop = Jacobian.forwardUpdate(module, input, param, perturbation)
   return fprop:add(-1, bprop:typeAs(fprop)):abs():max()
end

-- ---- second derivatives (nn.hessian), with those of the outputs being 1 ----

--- nn.Jacobian.backwardDiagHessian(module, input, diagHessianParamName) -> tensor: the field diagHessianParamName of the
-- module (diagHessianInput, diagHessianWeight, diagHessianBias) by its backward pass.
function Jacobian.backwardDiagHessian(module, input, diagHessianParamName)
   local ones = module:forward(input):clone():fill(1)
   module:initDiagHessianParameters()
   for _, name in ipairs{'diagHessianWeight', 'diagHessianBias'} do
      if module[name] then module[name]:zero() end
   end
   module:updateDiagHessianInput(input, ones)
   module:accDiagHessianParameters(input, ones)
   return module[diagHessianParamName]
end

--- nn.Jacobian.linearModuleDiagHessian(module, input, gradParamName) -> tensor: the same of a linear module, by its
-- gradients: the sum over outputs of the squares of gradParamName (gradInput, gradWeight, gradBias).
function Jacobian.linearModuleDiagHessian(module, input, gradParamName)
   local dout = module:forward(input):clone()
   local flat, sum = dout:view(-1), nil
   for i = 1, flat:nElement() do
      dout:zero()
      flat[i] = 1
      module:zeroGradParameters()
      module:updateGradInput(input, dout)
      module:accGradParameters(input, dout)
      local g = module[gradParamName]
      sum = sum or g:clone():zero()
      sum:addcmul(g, g)
   end
   return sum
end

--- nn.Jacobian.testDiagHessian(module, input, gradParamName, diagHessianParamName [, minval, maxval]) -> number: both of
-- these for a linear module, of an input that is drawn: the largest absolute difference.
function Jacobian.testDiagHessian(module, input, gradParamName, diagHessianParamName, minval, maxval)
   fresh(input, minval, maxval)
   local backward = Jacobian.backwardDiagHessian(module, input, diagHessianParamName)
   return (backward - Jacobian.linearModuleDiagHessian(module, input, gradParamName)):abs():max()
end

--- nn.Jacobian.testDiagHessianInput(module, input [, minval, maxval]) -> number: that of second derivatives by the
-- input.
function Jacobian.testDiagHessianInput(module, input, minval, maxval)
   return Jacobian.testDiagHessian(module, input, 'gradInput', 'diagHessianInput', minval, maxval)
end

--- nn.Jacobian.testDiagHessianWeight(module, input [, minval, maxval]) -> number: that of second derivatives by the
-- weight.
function Jacobian.testDiagHessianWeight(module, input, minval, maxval)
   return Jacobian.testDiagHessian(module, input, 'gradWeight', 'diagHessianWeight', minval, maxval)
end

--- nn.Jacobian.testDiagHessianBias(module, input [, minval, maxval]) -> number: that of second derivatives by the bias.
function Jacobian.testDiagHessianBias(module, input, minval, maxval)
   return Jacobian.testDiagHessian(module, input, 'gradBias', 'diagHessianBias', minval, maxval)
end

--- nn.Jacobian.testIO(module, input [, minval, maxval]) -> number, number: writes and reads the module; the largest
-- differences of output and gradInput, 0 if all is well.
function Jacobian.testIO(module, input, minval, maxval)
   fresh(input, minval, maxval)
   local go = module:forward(input):clone()
   fresh(go, minval, maxval)
   module:zeroGradParameters()
   module:forward(input)
   module:backward(input, go)
   local fo, bo = module.output:clone(), module.gradInput:clone()
   local copy = torch.deserialize(torch.serialize(module))
   copy:forward(input)
   copy:backward(input, go)
   local errf = (copy.output - fo):abs():max()
   local errb = copy.gradInput:nElement() > 0 and (copy.gradInput - bo):abs():max() or 0
   return errf, errb
end

--- nn.Jacobian.testAllUpdate(module, input, weight, gradWeight) -> table: compares updates by gradients with updates in
-- place, for a module and clones that share its parameters: differences by what was compared.
function Jacobian.testAllUpdate(module, input, weight, gradWeight)
   local lr = torch.uniform(0.1, 1)
   local errors = {}
   local function prepare()
      local m = module:clone()
      m:zeroGradParameters()
      return m
   end
   -- accGradParameters
   local maccgp = prepare()
   local gradOutput = torch.Tensor():resizeAs(maccgp:forward(input))
   fresh(gradOutput, 0, 1)
   maccgp:updateGradInput(input, gradOutput)
   maccgp:accGradParameters(input, gradOutput)
   maccgp:updateParameters(lr)
   local expected = maccgp[weight]
   -- accUpdateGradParameters
   local maccugp = prepare()
   maccugp:forward(input)
   maccugp:updateGradInput(input, gradOutput)
   maccugp:accUpdateGradParameters(input, gradOutput, lr)
   errors['accUpdateGradParameters'] = (maccugp[weight] - expected):abs():max()
   -- shared parameters
   local mshared = prepare()
   mshared.shared = true
   mshared:forward(input)
   mshared:updateGradInput(input, gradOutput)
   mshared:accUpdateGradParameters(input, gradOutput, lr)
   errors['accUpdateGradParameters [shared]'] = (mshared[weight] - expected):abs():max()
   return errors
end

return Jacobian
