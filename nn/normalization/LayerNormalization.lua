-- nn.LayerNormalization(n [, bias = 0, eps = 1e-10, affine = true]): every sample, a row of n or one of
-- a batch of them, is brought to mean 0 and variance 1.
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
