-- nn.DistanceRatioCriterion([sizeAverage = true]): of distances to a positive and to a negative example, -log(exp(-Ap)
-- / (exp(-Ap) + exp(-An))).
--
-- Input: {Ap, An}, tensors of N; there is no target.
--
-- > nn.DistanceRatioCriterion():forward{torch.Tensor{1}, torch.Tensor{1}}
-- 0.69314718055995
--
-- Source: E. Hoffer, N. Ailon, Deep metric learning using triplet network, 2015.
local DistanceRatioCriterion, parent = torch.class('nn.DistanceRatioCriterion', 'nn.Criterion')
local check = require 'nn.check'
local wrong, expect = check.wrong, check.expect

function DistanceRatioCriterion:__init(sizeAverage)
   parent.__init(self)
   self.sizeAverage = sizeAverage == nil or sizeAverage
end

-- the probability of taking the negative example to be nearer: sigmoid(Ap - An)
local function doubt(input)
   expect(#input == 2, 'DistanceRatioCriterion', 1, 'input', 'expected a table of two tensors')
   if input[1]:nElement() ~= input[2]:nElement() then
      wrong('DistanceRatioCriterion', 1, 'input', 'sizes of the two inputs differ: %d and %d elements',
         input[1]:nElement(), input[2]:nElement())
   end
   return torch.sigmoid(input[1] - input[2])
end

function DistanceRatioCriterion:updateOutput(input)
   doubt(input)
   local d = input[1] - input[2] -- log(1 + exp(d)), without overflow
   local loss = torch.cmax(d, 0):add(torch.abs(d):mul(-1):exp():log1p())
   self.output = self.sizeAverage and loss:mean() or loss:sum()
   return self.output
end

function DistanceRatioCriterion:updateGradInput(input)
   local p = doubt(input)
   if self.sizeAverage then p:div(p:nElement()) end
   self.gradInput = {p, -p}
   return self.gradInput
end

function DistanceRatioCriterion:type(type, tensorCache)
   if type then self.gradInput = nil end
   return parent.type(self, type, tensorCache)
end
