-- nn.hessian: the diagonal of the second derivative of a loss, passed backward like the gradient, with the
-- approximation of Gauss and Newton: second derivatives of the modules themselves are left out.
--
-- nn.hessian.enable() gives modules these methods (beside those of the gradient):
--   initDiagHessianParameters()                      makes diagHessianWeight and diagHessianBias
--   updateDiagHessianInput(input, diagHessianOutput) returns diagHessianInput
--   accDiagHessianParameters(input, diagHessianOutput)   adds to diagHessianWeight and diagHessianBias
-- and criterions updateDiagHessianInput(input, target). parameters() and getParameters() return the second derivatives
-- as a third value. They are there for Sequential, for linear modules (Linear, SpatialConvolution, its MM, Local, Full,
-- Dilated, Map and FullMap variants, Temporal- and VolumetricConvolution, CMul, Mul, Add, CAdd), for modules that only move
-- elements, for functions of single elements, and for MSECriterion, WeightedMSECriterion and L1Cost; other modules raise.
local hessian = {}
nn.hessian = hessian

local parameters = {weight = 'gradWeight', bias = 'gradBias'}
local second = {weight = 'diagHessianWeight', bias = 'diagHessianBias'}

-- Calls f while these fields of the module hold other values.
local function with(module, fields, f)
   local kept = {}
   for name, v in pairs(fields) do
      kept[name] = module[name]
      module[name] = v
   end
   local ok, err = pcall(f)
   for name in pairs(fields) do module[name] = kept[name] end
   if not ok then error(err, 0) end
end

local function squared(t) return t and torch.cmul(t, t) end

-- ---- modules ----

local function init_parameters(self)
   self.diagHessianInput = self.diagHessianInput or self.weight and self.weight.new() or torch.Tensor()
   for p, gradient in pairs(parameters) do
      if self[p] and not self[second[p]] then self[second[p]] = self[gradient].new():resizeAs(self[gradient]):zero() end
   end
end

-- y = W x + b: the second derivatives go back as the gradient does, through the squares of W
local function linear_input(self, input, diagHessianOutput)
   self.diagHessianInput = self.diagHessianInput or input.new()
   with(self, {weight = squared(self.weight) or nil, gradInput = self.diagHessianInput}, function()
      self:updateGradInput(input, diagHessianOutput)
   end)
   return self.diagHessianInput
end

-- and into the parameters by the squares of x
local function linear_parameters(self, input, diagHessianOutput, scale)
   self:initDiagHessianParameters()
   with(self, {gradWeight = self.diagHessianWeight, gradBias = self.diagHessianBias}, function()
      self:accGradParameters(squared(input), diagHessianOutput, scale or 1)
   end)
end

-- y = f(x) of single elements: by f'(x)^2
local function pointwise_input(self, input, diagHessianOutput)
   self.diagHessianInput = self.diagHessianInput or input.new()
   with(self, {gradInput = self.diagHessianInput, inplace = false}, function()
      self:updateGradInput(input, diagHessianOutput.new():resizeAs(diagHessianOutput):fill(1))
   end)
   return self.diagHessianInput:cmul(self.diagHessianInput):cmul(diagHessianOutput)
end

-- elements only move: second derivatives move as gradients do
local function moving_input(self, input, diagHessianOutput)
   with(self, {gradInput = self.diagHessianInput or input.new()}, function()
      self.diagHessianInput = self:updateGradInput(input, diagHessianOutput)
   end)
   return self.diagHessianInput
end

local linear = {'Linear', 'SpatialConvolution', 'SpatialConvolutionMM', 'SpatialConvolutionLocal', 'SpatialDilatedConvolution',
   'SpatialFullConvolution', 'SpatialConvolutionMap', 'SpatialFullConvolutionMap', 'TemporalConvolution', 'VolumetricConvolution',
   'CMul', 'Mul', 'Add', 'CAdd'}
local pointwise = {'Tanh', 'TanhShrink', 'Square', 'Sqrt', 'Sigmoid', 'LogSigmoid', 'Abs', 'Exp', 'Log', 'Power', 'SoftPlus', 'SoftSign',
   'ELU', 'LeakyReLU', 'HardTanh', 'HardShrink', 'SoftShrink', 'Threshold', 'AddConstant', 'MulConstant', 'Dropout'}
local moving = {'Identity', 'Reshape', 'View', 'Transpose', 'Contiguous', 'Squeeze', 'Unsqueeze', 'Select', 'Narrow',
   'SpatialMaxPooling', 'SpatialZeroPadding', 'Padding', 'Replicate'}

local function undefined(name)
   return function(self) error(torch.typename(self) .. ':' .. name .. '() is undefined', 2) end
end

-- ---- containers ----

local function backward_sequential(self, input, diagHessianOutput)
   local modules, h = self.modules, diagHessianOutput
   for i = #modules, 1, -1 do
      h = self:rethrowErrors(modules[i], i, 'updateDiagHessianInput', i > 1 and modules[i - 1].output or input, h)
   end
   self.diagHessianInput = h
   return h
end

local function parameters_sequential(self, input, diagHessianOutput, scale)
   local modules = self.modules
   for i = #modules, 1, -1 do
      local h = i < #modules and modules[i + 1].diagHessianInput or diagHessianOutput
      self:rethrowErrors(modules[i], i, 'accDiagHessianParameters', i > 1 and modules[i - 1].output or input, h, scale)
   end
end

-- f, which gives parameters and gradients, with the second derivatives as a third list
local function with_third(f, third)
   return function(self)
      local w, gw = f(self)
      if w then return w, gw, third(self) end
   end
end

local function own_third(self)
   if self.weight and self.bias then return {self.diagHessianWeight, self.diagHessianBias} end
   return {self.weight and self.diagHessianWeight or self.diagHessianBias}
end

local function third_of_modules(self)
   local list = {}
   for _, module in ipairs(self.modules) do
      local _, _, h = module:parameters()
      for _, t in ipairs(h or {}) do list[#list + 1] = t end
   end
   return list
end

local function get_parameters(plain)
   return function(self)
      local p, g = plain(self)
      local _, _, h = self:parameters()
      return p, g, h and #h > 0 and nn.Module.flatten(h) or nil
   end
end

local enabled = false

--- nn.hessian.enable(): gives modules and criterions the methods above. Calling it again changes nothing.
function hessian.enable()
   if enabled then return end
   enabled = true
   local Module, Container, Sequential, Criterion = nn.Module, nn.Container, nn.Sequential, nn.Criterion
   Module.initDiagHessianParameters = init_parameters
   Module.updateDiagHessianInput = undefined('updateDiagHessianInput')
   function Module.accDiagHessianParameters() end
   Module.parameters = with_third(Module.parameters, own_third)
   Module.getParameters = get_parameters(Module.getParameters)
   Container.parameters = with_third(Container.parameters, third_of_modules)
   function Container.initDiagHessianParameters(self)
      self:applyToModules(function(module) module:initDiagHessianParameters() end)
   end
   Sequential.updateDiagHessianInput, Sequential.accDiagHessianParameters = backward_sequential, parameters_sequential
   for _, class in ipairs(linear) do
      nn[class].updateDiagHessianInput, nn[class].accDiagHessianParameters = linear_input, linear_parameters
   end
   for _, class in ipairs(pointwise) do nn[class].updateDiagHessianInput = pointwise_input end
   for _, class in ipairs(moving) do nn[class].updateDiagHessianInput = moving_input end

   Criterion.updateDiagHessianInput = undefined('updateDiagHessianInput')
   local function filled(self, input, value)
      self.diagHessianInput = (self.diagHessianInput or input.new()):resizeAs(input):fill(value)
      return self.diagHessianInput
   end
   function nn.MSECriterion.updateDiagHessianInput(self, input)
      return filled(self, input, self.sizeAverage and 2 / input:nElement() or 2)
   end
   function nn.WeightedMSECriterion.updateDiagHessianInput(self, input)
      return filled(self, input, self.sizeAverage and 2 / input:nElement() or 2)
   end
   function nn.L1Cost.updateDiagHessianInput(self, input) return filled(self, input, 0) end
end

return hessian
