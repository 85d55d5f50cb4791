-- nn.Dropout([p = 0.5, v1 = false, inplace = false, stochasticInference = false]): in training sets elements to 0 with
-- probability p and scales the others by 1 / (1 - p); evaluate() passes the input on.
--
-- Input: any shape; output: the same. v1: no scaling in training, but by 1 - p in evaluation. stochasticInference drops
-- there, too. 0 <= p < 1; setp(p) changes it.
--
-- > m = nn.Dropout(0.3)
-- > m:evaluate()
-- > m:forward(torch.Tensor{1, 2})
--  1
--  2
-- [torch.DoubleTensor of size 2]
--
-- Source: G. Hinton et al., Improving neural networks by preventing co-adaptation of feature detectors, 2012.
local Dropout, parent = torch.class('nn.Dropout', 'nn.Module')

function Dropout:__init(p, v1, inplace, stochasticInference)
   parent.__init(self)
   self.p = p or 0.5
   self.train = true
   self.inplace = inplace
   self.stochastic_inference = stochasticInference or false
   self.v2 = not v1 -- version 2 scales while training, instead of evaluating
   self.noise = torch.Tensor()
end

function Dropout:updateOutput(input)
   if self.inplace then self.output:set(input)
   else self.output:resizeAs(input):copy(input) end
   if self.p > 0 then
      if self.train or self.stochastic_inference then
         self.noise:resizeAs(input):bernoulli(1 - self.p)
         if self.v2 then self.noise:div(1 - self.p) end
         self.output:cmul(self.noise)
      elseif not self.v2 then
         self.output:mul(1 - self.p)
      end
   end
   return self.output
end

function Dropout:updateGradInput(input, gradOutput)
   if self.inplace then self.gradInput:set(gradOutput)
   else self.gradInput:resizeAs(gradOutput):copy(gradOutput) end
   if self.train then
      if self.p > 0 then self.gradInput:cmul(self.noise) end
   elseif not self.v2 and self.p > 0 then
      self.gradInput:mul(1 - self.p)
   end
   return self.gradInput
end

--- module:setp(p): sets the probability to be dropped.
function Dropout:setp(p) self.p = p end

function Dropout:clearState()
   if self.noise then self.noise:set() end
   return parent.clearState(self)
end

function Dropout:__tostring__() return string.format('%s(%f)', torch.type(self), self.p) end
