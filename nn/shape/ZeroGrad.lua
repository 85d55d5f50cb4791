-- nn.ZeroGrad(): the identity, with a gradient of zero: what comes before does not learn.
--
-- > nn.ZeroGrad():forward(torch.Tensor{1, 2})
--  1
--  2
-- [torch.DoubleTensor of size 2]
local ZeroGrad = torch.class('nn.ZeroGrad', 'nn.Module')

local function zeros(old, x)
   if type(x) == 'table' then
      old = type(old) == 'table' and old or {}
      for k, v in pairs(x) do old[k] = zeros(old[k], v) end
      for k in pairs(old) do
         if x[k] == nil then old[k] = nil end
      end
      return old
   end
   old = torch.isTensor(old) and old or x.new()
   return old:resizeAs(x):zero()
end

function ZeroGrad:updateOutput(input)
   self.output:set(input)
   return self.output
end

function ZeroGrad:updateGradInput(input, gradOutput)
   self.gradInput = zeros(self.gradInput, input)
   return self.gradInput
end
