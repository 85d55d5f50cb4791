-- nn.Bottle(module [, nInputDim = 2, nOutputDim = nInputDim]): a module for few dimensions applied to more: the leading
-- ones are made one, and restored in the output.
--
-- nInputDim, nOutputDim: dimensions of what the module takes and gives. An input of at most nInputDim dimensions is
-- passed on.
--
-- > m = nn.Bottle(nn.Linear(3, 2))
-- > #m:forward(torch.ones(4, 5, 3))
--  4
--  5
--  2
-- [torch.LongStorage of size 3]
local Bottle, parent = torch.class('nn.Bottle', 'nn.Decorator')

function Bottle:__init(module, nInputDim, nOutputDim)
   parent.__init(self, module)
   self.nInputDim = nInputDim or 2
   self.nOutputDim = nOutputDim or self.nInputDim
   self.dimDelta = self.nInputDim - self.nOutputDim
   self.inShape = torch.LongStorage(self.nInputDim)
   self.outShape = torch.LongStorage(self.nOutputDim)
   self.modules = {module}
end

-- x with its leading dimensions made one, n dimensions in all
local function flattened(x, n)
   local size, dims = {-1}, x:dim()
   for d = dims - n + 2, dims do size[#size + 1] = x:size(d) end
   return x:contiguous():view(unpack(size))
end

function Bottle:updateOutput(input)
   local module = self.modules[1]
   if input:dim() <= self.nInputDim then
      self.output:set(module:updateOutput(input))
      return self.output
   end
   local out = module:updateOutput(flattened(input, self.nInputDim))
   local size = {}
   for d = 1, input:dim() - self.nInputDim + 1 do size[d] = input:size(d) end
   for d = 2, out:dim() do size[#size + 1] = out:size(d) end
   self.output:view(out:contiguous(), unpack(size))
   return self.output
end

function Bottle:updateGradInput(input, gradOutput)
   local module = self.modules[1]
   if input:dim() <= self.nInputDim then
      if module.gradInput then self.gradInput:set(module:updateGradInput(input, gradOutput)) end
      return self.gradInput
   end
   local g = module:updateGradInput(flattened(input, self.nInputDim), flattened(gradOutput, self.nOutputDim))
   if g then self.gradInput:viewAs(g:contiguous(), input) end
   return self.gradInput
end

function Bottle:backward(input, gradOutput, scale)
   if input:dim() <= self.nInputDim then return parent.backward(self, input, gradOutput, scale) end
   local g = self.modules[1]:backward(flattened(input, self.nInputDim), flattened(gradOutput, self.nOutputDim), scale)
   if g then self.gradInput:viewAs(g:contiguous(), input) end
   return self.gradInput
end

function Bottle:accGradParameters(input, gradOutput, scale)
   local module = self.modules[1]
   if input:dim() > self.nInputDim then
      input, gradOutput = flattened(input, self.nInputDim), flattened(gradOutput, self.nOutputDim)
   end
   module:accGradParameters(input, gradOutput, scale)
end
