-- nn.TransformerEncoder(layers, width, heads [, hidden = 4 width, dropout = 0.1, preNorm = false, causal = false]): so many of
-- nn.TransformerEncoderLayer one after another; with preNorm an nn.LayerNorm follows the last. With causal it is what language
-- models are made of.
--
--    nn.TransformerEncoder(4, 128, 4, 512, 0, true, true):forward(torch.randn(16, 64, 128))
--
-- setLengths, setKeyMask, startCache and stopCache are those of nn.MultiHeadAttention, for all layers.
local TransformerEncoder, parent = torch.class('nn.TransformerEncoder', 'nn.Sequential')

TransformerEncoder.__arguments = 'layers size, width whole, heads whole, [hidden whole], [dropout share], [preNorm boolean], ' ..
   '[causal boolean]'

function TransformerEncoder:__init(layers, width, heads, hidden, dropout, preNorm, causal)
   parent.__init(self)
   nn.MultiHeadAttention._check(self, 3, width, heads)
   for _ = 1, layers do self:add(nn.TransformerEncoderLayer(width, heads, hidden, dropout, preNorm, causal)) end
   if preNorm then self:add(nn.LayerNorm(width)) end
end

--- nn.TransformerEncoder.setLengths, nn.TransformerEncoder.setKeyMask, nn.TransformerEncoder.startCache,
-- nn.TransformerEncoder.stopCache(self, value) -> module: calls that method of every nn.MultiHeadAttention in it.
for _, method in ipairs{'setLengths', 'setKeyMask', 'startCache', 'stopCache'} do
   TransformerEncoder[method] = function(self, value)
      self:apply(function(m)
         if torch.isTypeOf(m, 'nn.MultiHeadAttention') then m[method](m, value) end
      end)
      return self
   end
end

function TransformerEncoder.__cases()
   return {{nn.TransformerEncoder(2, 4, 2, 3, 0, true), torch.DoubleTensor(2, 3, 4)}}
end
