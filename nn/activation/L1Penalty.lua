-- nn.L1Penalty(l1weight [, sizeAverage = false, provideOutput = true]): passes its input on, and adds the gradient of
-- l1weight |x|_1 in the backward pass, so that activations become sparse.
--
-- Input: any shape; output: the input itself. The penalty is left in the field loss; sizeAverage divides it by the
-- number of elements. With provideOutput = false the gradient of the output is ignored: the module ends a branch.
--
-- > m = nn.L1Penalty(0.5)
-- > m:forward(torch.Tensor{-2, 3}); m.loss
-- 2.5
local L1Penalty, parent = torch.class('nn.L1Penalty', 'nn.Module')

function L1Penalty:__init(l1weight, sizeAverage, provideOutput)
   parent.__init(self)
   self.l1weight = l1weight
   self.sizeAverage = sizeAverage or false
   if provideOutput == nil then self.provideOutput = true else self.provideOutput = provideOutput end
end

function L1Penalty:updateOutput(input)
   local m = self.l1weight
   if self.sizeAverage == true then m = m / input:nElement() end
   self.loss = m * input:norm(1)
   self.output = input
   return self.output
end

function L1Penalty:clearState() -- the output is the input
   nn.utils.release(self, 'output')
   return nn.utils.clear(self, 'gradInput')
end

function L1Penalty:updateGradInput(input, gradOutput)
   local m = self.l1weight
   if self.sizeAverage == true then m = m / input:nElement() end
   self.gradInput:resizeAs(input):copy(input):sign():mul(m)
   if self.provideOutput == true then self.gradInput:add(gradOutput) end
   return self.gradInput
end
