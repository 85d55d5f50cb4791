-- nn.CReLU(nInputDims [, inplace = false]): relu(x) and relu(-x), joined along the feature dimension, so that no sign
-- is lost.
--
-- nInputDims: dimensions of one sample, whose first one holds the features; an input with one more is a batch. The
-- output has twice as many features as the input.
--
-- > nn.CReLU(1):forward(torch.Tensor{-2, 3})
--  0
--  3
--  2
--  0
-- [torch.DoubleTensor of size 4]
--
-- Source: W. Shang, K. Sohn, D. Almeida, H. Lee, Understanding and improving convolutional neural networks via
-- concatenated rectified linear units, 2016.
local CReLU, parent = torch.class('nn.CReLU', 'nn.Sequential')

function CReLU:__init(nInputDims, inplace)
   parent.__init(self)
   self.nInputDims = nInputDims
   self.inplace = inplace or false
   local concatTable = nn.ConcatTable():add(nn.Identity()):add(nn.MulConstant(-1))
   self:add(concatTable)
   self:add(nn.JoinTable(2))
   self:add(nn.ReLU(self.inplace))
end

-- a batch of one, unless the input is a batch
local function batched(self, x)
   if x:dim() == self.nInputDims then return x:view(1, unpack(x:size():totable())) end
   return x
end

function CReLU:updateOutput(input)
   local x = batched(self, input)
   parent.updateOutput(self, x)
   if x ~= input then self.output = self.output[1] end
   return self.output
end

function CReLU:backward(input, gradOutput)
   return self:updateGradInput(input, gradOutput)
end

function CReLU:updateGradInput(input, gradOutput)
   local x = batched(self, input)
   local g = x ~= input and gradOutput:view(1, unpack(gradOutput:size():totable())) or gradOutput
   parent.updateGradInput(self, x, g)
   if x ~= input then self.gradInput = self.gradInput[1] end
   return self.gradInput
end

function CReLU:__tostring__() return 'CReLU()' end
