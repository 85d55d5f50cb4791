-- nn.Criterion(): a loss. A subclass defines updateOutput(input, target), which returns a number, and
-- updateGradInput(input, target), the gradient by the input.
--
-- forward and backward call these. Fields: output, the loss; gradInput. Where there is a mean, the field sizeAverage =
-- false makes it a sum.
--
-- > nn.MSECriterion():forward(torch.Tensor{1, 2}, torch.Tensor{1, 4})
-- 2
local Criterion = torch.class('nn.Criterion')

function Criterion:__init()
   self.gradInput = torch.Tensor()
   self.output = 0
end

--- criterion:updateOutput(input, target): computes the loss, keeps it in the field output and returns it. Every
-- criterion defines it; programs call forward.
function Criterion:updateOutput(input, target) end

--- criterion:forward(input, target) -> number: the loss of an input, the output of a net, given what it should have
-- been.
--
-- > nn.AbsCriterion():forward(torch.Tensor{1, 2}, torch.Tensor{2, 4})
-- 1.5
function Criterion:forward(input, target) return self:updateOutput(input, target) end

--- criterion:backward(input, target) -> gradInput: the gradient of the loss by the input.
--
-- > nn.AbsCriterion():backward(torch.Tensor{1, 2}, torch.Tensor{2, 4})
-- -0.5000
-- -0.5000
-- [torch.DoubleTensor of size 2]
function Criterion:backward(input, target) return self:updateGradInput(input, target) end

--- criterion:updateGradInput(input, target): computes the gradient of the loss by the input, keeps it in the field
-- gradInput and returns it. Every criterion defines it; programs call backward.
function Criterion:updateGradInput(input, target) end

--- criterion:clone() -> criterion: a deep copy.
function Criterion:clone()
   local f = torch.MemoryFile('rw'):binary()
   f:writeObject(self)
   f:seek(1)
   local clone = f:readObject()
   f:close()
   return clone
end

--- criterion:type([type, tensorCache]) -> string or criterion: without argument the name of the class of its tensors;
-- else converts them to that class and returns the criterion.
function Criterion:type(type, tensorCache)
   if not type then require('nn.check').wrong(self, 1, 'type', "name of a tensor type expected, such as 'torch.FloatTensor', got nothing") end
   for key, param in pairs(self) do self[key] = nn.utils.recursiveType(param, type, tensorCache) end
   return self
end

--- criterion:float() -> criterion: the criterion for FloatTensors.
function Criterion:float() return self:type('torch.FloatTensor') end

--- criterion:double() -> criterion: the criterion for DoubleTensors.
function Criterion:double() return self:type('torch.DoubleTensor') end

--- criterion:cuda() -> criterion: the criterion for CudaTensors.
function Criterion:cuda() return self:type('torch.CudaTensor') end

--- criterion:cudaHalf() -> criterion: the criterion for CudaHalfTensors.
function Criterion:cudaHalf() return self:type('torch.CudaHalfTensor') end

--- criterion:cudaDouble() -> criterion: the criterion for CudaDoubleTensors.
function Criterion:cudaDouble() return self:type('torch.CudaDoubleTensor') end

function Criterion:__call__(input, target)
   self.output = self:forward(input, target)
   self.gradInput = self:backward(input, target)
   return self.output, self.gradInput
end

-- The tensor of one element that kernels write the loss to.
function Criterion:_number(input)
   self.output_tensor = self.output_tensor or input.new(1)
   return self.output_tensor
end

-- Runs a kernel; returns the loss it wrote. While a graph is recorded nothing can be read: the tensor that holds it.
function Criterion:_loss(input, kernel, ...)
   input.THNN[kernel](input, ...)
   if nn.utils.onGPU(input) and package.loaded.cutorch._recording then
      self.output = self.output_tensor
      return self.output
   end
   self.output = self.output_tensor[1]
   if self.output ~= self.output and nn.utils.onGPU(input) then self:_recheck(kernel, input, ...) end
   return self.output
end

-- On the GPU nothing waits for a look at the arguments: one out of range makes the loss NaN. When it
-- is, the CPU looks at the same arguments and raises its error if they are to blame.
function Criterion:_recheck(kernel, ...)
   local args, n = {...}, select('#', ...)
   for i = 1, n do
      if torch.isTensor(args[i]) then
         args[i] = torch.typename(args[i]) == 'torch.CudaLongTensor' and args[i]:long() or args[i]:double()
      end
   end
   args[1].THNN[kernel](unpack(args, 1, n))
end
