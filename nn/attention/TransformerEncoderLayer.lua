-- nn.TransformerEncoderLayer(width, heads [, hidden = 4 width, dropout = 0.1, preNorm = false, causal = false, activation = nn.GELU()]):
-- attention of a sequence, batch x steps x width, to itself, and two linear layers for every step, hidden wide between them;
-- each of the two is added to what it is made of (nn.Residual), after dropout. nn.LayerNorm comes after that sum, or with
-- preNorm before the attention and the layers; the last layer of such a stack wants one more (nn.TransformerEncoder has it).
--
--    nn.TransformerEncoderLayer(128, 4, 512, 0, true, true):forward(torch.randn(16, 64, 128))
--
-- Field `attention`: its nn.MultiHeadAttention, for masks and lengths.
-- Source: A. Vaswani and others, Attention is all you need, 2017; R. Xiong and others, On layer normalization, 2020.
local TransformerEncoderLayer, parent = torch.class('nn.TransformerEncoderLayer', 'nn.Sequential')

TransformerEncoderLayer.__arguments = 'width whole, heads whole, [hidden whole], [dropout share], [preNorm boolean], ' ..
   '[causal boolean], [activation module]'

-- The linear layers for every step.
local function layers(width, hidden, activation)
   return nn.Bottle(nn.Sequential():add(nn.Linear(width, hidden)):add(activation):add(nn.Linear(hidden, width)))
end

--- TransformerEncoderLayer.add_step(net, module, width, dropout, preNorm): adds x + module(x) to net, with the norm
-- before the module or after the sum, and dropout.
function TransformerEncoderLayer.add_step(net, module, width, dropout, preNorm)
   local inner = nn.Sequential()
   if preNorm then inner:add(nn.LayerNorm(width)) end
   inner:add(module)
   if dropout > 0 then inner:add(nn.Dropout(dropout)) end
   net:add(nn.Residual(inner))
   if not preNorm then net:add(nn.LayerNorm(width)) end
end

function TransformerEncoderLayer:__init(width, heads, hidden, dropout, preNorm, causal, activation)
   parent.__init(self)
   dropout = dropout or 0.1
   nn.MultiHeadAttention._check(self, 2, width, heads)
   self.attention = nn.MultiHeadAttention(width, heads, causal)
   self.add_step(self, self.attention, width, dropout, preNorm)
   self.add_step(self, layers(width, hidden or 4 * width, activation or nn.GELU()), width, dropout, preNorm)
end

TransformerEncoderLayer._layers = layers

function TransformerEncoderLayer.__cases()
   local T = torch.DoubleTensor
   return {{nn.TransformerEncoderLayer(4, 2, 5, 0), T(2, 3, 4)}, {nn.TransformerEncoderLayer(4, 2, 5, 0, true, true), T(2, 3, 4)}}
end
