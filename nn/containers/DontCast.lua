-- nn.DontCast(module [, castin = false, castout = castin, moduleType]): a module that :type() leaves alone.
--
-- With castin, inputs are converted to the type of the module, moduleType or that of its parameters; with castout,
-- outputs to the type that the net has. Raises when the type cannot be told.
--
-- > m = nn.DontCast(nn.Linear(2, 2)):float()
-- > m.modules[1].weight:type()
-- torch.DoubleTensor
local DontCast, parent = torch.class('nn.DontCast', 'nn.Decorator')
local expect = require('nn.check').expect

function DontCast:__init(module, castin, castout, moduleType)
   parent.__init(self, module)
   self.castin = castin
   self.castout = castout == nil and castin or castout
   self.moduleType = moduleType
   if (self.castin or self.castout) and not self.moduleType then
      local t = torch.isTensor(module.output) and module.output or nil
      local params = module:parameters()
      t = t or params and params[1]
      expect(t, self, 4, 'moduleType', 'the name of a tensor type expected, as the module has no output and no parameters that show one')
      self.moduleType = torch.typename(t)
   end
end

-- tensors of x, nested, converted into `dst`
local function converted(dst, x, type_)
   if torch.type(x) == 'table' then
      dst = torch.type(dst) == 'table' and dst or {}
      for k, v in pairs(x) do dst[k] = converted(dst[k], v, type_) end
      for k in pairs(dst) do
         if x[k] == nil then dst[k] = nil end
      end
      return dst
   end
   if torch.typename(x) == type_ then return x end
   return x:type(type_)
end

function DontCast:updateOutput(input)
   if self.castin then input = converted(nil, input, self.moduleType) end
   local output = self.modules[1]:updateOutput(input)
   self.output = self.castout and converted(nil, output, self._type) or output
   return self.output
end

function DontCast:updateGradInput(input, gradOutput)
   if self.castin then input = converted(nil, input, self.moduleType) end
   if self.castout then gradOutput = converted(nil, gradOutput, self.moduleType) end
   local gradInput = self.modules[1]:updateGradInput(input, gradOutput)
   self.gradInput = self.castin and gradInput and converted(nil, gradInput, self._type) or gradInput
   return self.gradInput
end

function DontCast:accGradParameters(input, gradOutput, scale)
   if self.castin then input = converted(nil, input, self.moduleType) end
   if self.castout then gradOutput = converted(nil, gradOutput, self.moduleType) end
   self.modules[1]:accGradParameters(input, gradOutput, scale)
end

function DontCast:accUpdateGradParameters(input, gradOutput, lr)
   if self.castin then input = converted(nil, input, self.moduleType) end
   if self.castout then gradOutput = converted(nil, gradOutput, self.moduleType) end
   self.modules[1]:accUpdateGradParameters(input, gradOutput, lr)
end

DontCast.sharedAccUpdateGradParameters = DontCast.accUpdateGradParameters

function DontCast:type(type, tensorCache)
   if type and self.castout and torch.typename(self.output) then self.output = self.output:type(type) end
   if type and self.castin and torch.typename(self.gradInput) then self.gradInput = self.gradInput:type(type) end
   if not type then return self._type end
   self._type = type
   return self
end
