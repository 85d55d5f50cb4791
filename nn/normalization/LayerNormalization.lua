-- nn.LayerNormalization(nOutput [, bias = 0, eps = 1e-10, affine = true]): every sample is brought to mean 0 and
-- variance 1, then scaled by a learned gain and shifted by a learned bias.
--
-- Input: nOutput, or N x nOutput; output: the same. bias: what the learned one begins with; the gain begins with 1.
--
-- > nn.LayerNormalization(2):forward(torch.Tensor{1, 3})
-- -1.0000
--  1.0000
-- [torch.DoubleTensor of size 2]
--
-- Source: J. Ba, J. Kiros, G. Hinton, Layer normalization, 2016.
local LayerNormalization, parent = torch.class('nn.LayerNormalization', 'nn.Sequential')

function LayerNormalization:__init(nOutput, bias, eps, affine)
   parent.__init(self)
   eps = eps or 1e-10
   affine = (affine == nil) and true or affine
   bias = bias or 0
   self:add(nn.ConcatTable():add(nn.Identity())
      :add(nn.Sequential():add(nn.Mean(1, 1)):add(nn.Replicate(nOutput, 2)))) -- means, in a column or alone
   self:add(nn.CSubTable())
   self:add(nn.Normalize(2, eps))
   self:add(nn.MulConstant(torch.sqrt(nOutput)))
   if affine then
      local gain = nn.CMul(nOutput)
      gain.weight:fill(1)
      self:add(gain)
      local shift = nn.Add(nOutput, false)
      shift.bias:fill(bias)
      self:add(shift)
   end
end
