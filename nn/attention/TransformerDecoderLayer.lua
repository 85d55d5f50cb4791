-- nn.TransformerDecoderLayer(width, heads [, hidden = 4 width, dropout = 0.1, preNorm = false, activation = nn.GELU()]): for {x, memory},
-- batch x steps x width each: causal attention of x to itself, attention of x to memory, and two linear layers for every step,
-- each added to what it is made of. The output has the size of x. nn.TransformerEncoderLayer tells of the arguments.
--
--    nn.TransformerDecoderLayer(128, 4):forward{torch.randn(16, 20, 128), torch.randn(16, 64, 128)}
--
-- Fields `attention` and `memoryAttention`: the two nn.MultiHeadAttention.
local TransformerDecoderLayer, parent = torch.class('nn.TransformerDecoderLayer', 'nn.Container')
local wrong = require('nn.check').wrong

TransformerDecoderLayer.__input = 'table'
TransformerDecoderLayer.__arguments = 'width whole, heads whole, [hidden whole], [dropout share], [preNorm boolean], [activation module]'

-- modules: attention to x, attention to {x, memory}, the layers
function TransformerDecoderLayer:__init(width, heads, hidden, dropout, preNorm, activation)
   parent.__init(self)
   dropout = dropout or 0.1
   nn.MultiHeadAttention._check(self, 2, width, heads)
   local layer = nn.TransformerEncoderLayer
   self.attention, self.memoryAttention = nn.MultiHeadAttention(width, heads, true), nn.MultiHeadAttention(width, heads)
   local own, rest = nn.Sequential(), nn.Sequential()
   layer.add_step(own, self.attention, width, dropout, preNorm)
   layer.add_step(rest, layer._layers(width, hidden or 4 * width, activation or nn.GELU()), width, dropout, preNorm)
   local look = nn.Sequential()
   if preNorm then look:add(nn.ParallelTable():add(nn.LayerNorm(width)):add(nn.Identity())) end
   look:add(self.memoryAttention)
   if dropout > 0 then look:add(nn.Dropout(dropout)) end
   local across = nn.Sequential():add(nn.ConcatTable():add(nn.SelectTable(1)):add(look)):add(nn.CAddTable())
   if not preNorm then across:add(nn.LayerNorm(width)) end
   self:add(own):add(across):add(rest)
end

function TransformerDecoderLayer:updateOutput(input)
   if type(input) ~= 'table' or #input ~= 2 then wrong(self, 1, 'input', 'expected {x, memory}, got %s', torch.type(input)) end
   local own, across, rest = unpack(self.modules)
   self._looking = {self:rethrowErrors(own, 1, 'updateOutput', input[1]), input[2]}
   local y = self:rethrowErrors(across, 2, 'updateOutput', self._looking)
   self.output = self:rethrowErrors(rest, 3, 'updateOutput', y)
   return self.output
end

-- From the last module to the first, by that method of theirs.
local function back(self, method, input, gradOutput, scale)
   local own, across, rest = unpack(self.modules)
   local g = self:rethrowErrors(rest, 3, method, across.output, gradOutput, scale)
   local gl = self:rethrowErrors(across, 2, method, self._looking, g or rest.gradInput, scale)
   gl = gl or across.gradInput
   return {self:rethrowErrors(own, 1, method, input[1], gl[1], scale), gl[2]}
end

function TransformerDecoderLayer:updateGradInput(input, gradOutput)
   self.gradInput = back(self, 'updateGradInput', input, gradOutput)
   return self.gradInput
end

function TransformerDecoderLayer:accGradParameters(input, gradOutput, scale)
   back(self, 'accGradParameters', input, gradOutput, scale or 1)
end

function TransformerDecoderLayer:backward(input, gradOutput, scale)
   self.gradInput = back(self, 'backward', input, gradOutput, scale or 1)
   return self.gradInput
end

function TransformerDecoderLayer:clearState()
   self._looking, self.gradInput = nil, {}
   return parent.clearState(self)
end

function TransformerDecoderLayer.__cases()
   local T = torch.DoubleTensor
   return {{nn.TransformerDecoderLayer(4, 2, 5, 0), {T(2, 3, 4), T(2, 5, 4)}},
      {nn.TransformerDecoderLayer(4, 2, 5, 0, true), {T(2, 3, 4), T(2, 2, 4)}}}
end
