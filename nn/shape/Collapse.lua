-- nn.Collapse(nInputDim): the last nInputDim dimensions become one.
--
-- > #nn.Collapse(2):forward(torch.ones(2, 3, 4))
--   2
--  12
-- [torch.LongStorage of size 2]
local Collapse, parent = torch.class('nn.Collapse', 'nn.Module')

function Collapse:__init(nInputDim)
   parent.__init(self)
   self.nInputDim = nInputDim
end

function Collapse:updateOutput(input)
   local x = input:contiguous()
   local size, n = {}, 1
   for d = 1, input:dim() - self.nInputDim do size[d] = input:size(d) end
   for d = input:dim() - self.nInputDim + 1, input:dim() do n = n * input:size(d) end
   size[#size + 1] = n
   self.output:view(x, torch.LongStorage(size))
   return self.output
end

function Collapse:updateGradInput(input, gradOutput)
   self.gradInput:view(gradOutput:contiguous(), input:size())
   return self.gradInput
end

function Collapse:clearState()
   nn.utils.clear(self, '_input', '_gradOutput')
   return parent.clearState(self)
end
