-- nn.CMul(sizes...): multiplies by a learned tensor of that size, repeated as in nn.CAdd.
--
-- Output: the shape of the input. Fields: weight, gradWeight.
--
-- > m = nn.CMul(1, 2)
-- > m.weight:fill(10);
-- > m:forward(torch.Tensor{{1, 2}, {3, 4}})
--  10  20
--  30  40
-- [torch.DoubleTensor of size 2x2]
local CMul, parent = torch.class('nn.CMul', 'nn.Module')

function CMul:__init(...)
   parent.__init(self)
   self.size = nn.utils.sizeOf(...)
   self.weight = torch.Tensor(self.size)
   self.gradWeight = torch.Tensor(self.size)
   self.output:resize(self.size)
   self:reset()
end

function CMul:reset(stdv)
   nn.utils.drawUniform(self, stdv, self.weight:nElement())
end

function CMul:updateOutput(input)
   self.output:resizeAs(input):copy(input)
   self.output:cmul(nn.CAdd._expanded(self.weight, input))
   return self.output
end

function CMul:updateGradInput(input, gradOutput)
   if not self.gradInput then return end
   self.gradInput:resizeAs(input):copy(gradOutput)
   self.gradInput:cmul(nn.CAdd._expanded(self.weight, input))
   return self.gradInput
end

function CMul:accGradParameters(input, gradOutput, scale)
   self.gradWeight:add(scale or 1, nn.CAdd._reduced(self.gradWeight, torch.cmul(input, gradOutput)))
end

function CMul:clearState()
   nn.utils.clear(self, {'_input', '_output', '_weight', '_gradWeight', '_expand', '_repeat', '_sum'})
   return parent.clearState(self)
end
