-- nn.Padding(dim, pad [, nInputDim, value = 0, index = 1]): |pad| more elements along dim, of that value.
--
-- They are put before position index when pad < 0, else at the end, before position index from there. nInputDim:
-- dimensions of a sample; an input with one more is a batch.
--
-- > nn.Padding(1, -2, 1, 9):forward(torch.Tensor{5, 6})
--  9
--  9
--  5
--  6
-- [torch.DoubleTensor of size 4]
local Padding, parent = torch.class('nn.Padding', 'nn.Module')

function Padding:__init(dim, pad, nInputDim, value, index)
   self.value = value or 0
   self.index = index or 1
   self.dim = dim
   self.pad = pad
   self.nInputDim = nInputDim
   self.outputSize = torch.LongStorage()
   parent.__init(self)
end

-- dimension, and {first of output, first of input, length} of the pieces that are copied
local function pieces(self, input)
   local dim = self.dim
   if self.nInputDim and input:dim() ~= self.nInputDim then dim = dim + 1 end
   local pad, index, n = math.abs(self.pad), self.index, input:size(dim)
   if self.pad > 0 then index = n - index + 2 end
   if index == 1 then return dim, {{pad + 1, 1, n}} end
   if index == n + 1 then return dim, {{1, 1, n}} end
   return dim, {{1, 1, index - 1}, {index + pad, index, n - index + 1}}
end

function Padding:updateOutput(input)
   local dim, list = pieces(self, input)
   self.outputSize:resize(input:dim()):copy(input:size())
   self.outputSize[dim] = self.outputSize[dim] + math.abs(self.pad)
   self.output:resize(self.outputSize):fill(self.value)
   for _, p in ipairs(list) do
      self.output:narrow(dim, p[1], p[3]):copy(input:narrow(dim, p[2], p[3]))
   end
   return self.output
end

function Padding:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(input)
   local dim, list = pieces(self, input)
   for _, p in ipairs(list) do
      self.gradInput:narrow(dim, p[2], p[3]):copy(gradOutput:narrow(dim, p[1], p[3]))
   end
   return self.gradInput
end
