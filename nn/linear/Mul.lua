-- nn.Mul(): multiplies by one learned number.
--
-- Input: any shape; output: the same. Fields: weight, gradWeight, of one element.
--
-- > m = nn.Mul()
-- > m.weight:fill(10);
-- > m:forward(torch.Tensor{1, 2})
--  10
--  20
-- [torch.DoubleTensor of size 2]
local Mul, parent = torch.class('nn.Mul', 'nn.Module')

function Mul:__init()
   parent.__init(self)
   self.weight = torch.Tensor(1)
   self.gradWeight = torch.Tensor(1)
   self:reset()
end

function Mul:reset(stdv)
   nn.utils.drawUniform(self, stdv, self.weight:size(1))
end

function Mul:updateOutput(input)
   self.output:resizeAs(input):copy(input)
   self.output:mul(self.weight[1])
   return self.output
end

function Mul:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(input):zero()
   self.gradInput:add(self.weight[1], gradOutput)
   return self.gradInput
end

function Mul:accGradParameters(input, gradOutput, scale)
   self.gradWeight[1] = self.gradWeight[1] + (scale or 1) * input:dot(gradOutput)
end
