-- nn.TransformerDecoder(layers, width, heads [, hidden = 4 width, dropout = 0.1, preNorm = false]): so many of
-- nn.TransformerDecoderLayer, which all look at the same memory: {x, memory} to an output of the size of x; with preNorm an
-- nn.LayerNorm follows the last.
--
--    nn.TransformerDecoder(2, 128, 4):forward{torch.randn(16, 20, 128), torch.randn(16, 64, 128)}
local TransformerDecoder, parent = torch.class('nn.TransformerDecoder', 'nn.Container')

TransformerDecoder.__input = 'table'
TransformerDecoder.__arguments = 'layers size, width whole, heads whole, [hidden whole], [dropout share], [preNorm boolean]'

function TransformerDecoder:__init(layers, width, heads, hidden, dropout, preNorm)
   parent.__init(self)
   nn.MultiHeadAttention._check(self, 3, width, heads)
   for _ = 1, layers do self:add(nn.TransformerDecoderLayer(width, heads, hidden, dropout, preNorm)) end
   if preNorm then self.norm = nn.LayerNorm(width); self:add(self.norm) end
end

local function layers_of(self) return #self.modules - (self.norm and 1 or 0) end

function TransformerDecoder:updateOutput(input)
   local x, memory = input[1], input[2]
   self._inputs = {}
   for i = 1, layers_of(self) do
      self._inputs[i] = {x, memory}
      x = self:rethrowErrors(self.modules[i], i, 'updateOutput', self._inputs[i])
   end
   self.output = self.norm and self:rethrowErrors(self.norm, #self.modules, 'updateOutput', x) or x
   return self.output
end

local function back(self, method, input, g, scale)
   local n = layers_of(self)
   if self.norm then
      local r = self:rethrowErrors(self.norm, n + 1, method, self.modules[n].output, g, scale)
      g = r or self.norm.gradInput
   end
   local memory = method ~= 'accGradParameters' and input[2].new():resizeAs(input[2]):zero()
   for i = n, 1, -1 do
      local r = self:rethrowErrors(self.modules[i], i, method, self._inputs[i], g, scale) or self.modules[i].gradInput
      if memory then memory:add(r[2]) end
      g = r[1]
   end
   return {g, memory}
end

function TransformerDecoder:updateGradInput(input, gradOutput)
   self.gradInput = back(self, 'updateGradInput', input, gradOutput)
   return self.gradInput
end

function TransformerDecoder:accGradParameters(input, gradOutput, scale) back(self, 'accGradParameters', input, gradOutput, scale or 1) end

function TransformerDecoder:backward(input, gradOutput, scale)
   self.gradInput = back(self, 'backward', input, gradOutput, scale or 1)
   return self.gradInput
end

function TransformerDecoder:clearState()
   self._inputs, self.gradInput = nil, {}
   return parent.clearState(self)
end

function TransformerDecoder.__cases()
   local T = torch.DoubleTensor
   return {{nn.TransformerDecoder(2, 4, 2, 3, 0, true), {T(2, 3, 4), T(2, 2, 4)}}}
end
