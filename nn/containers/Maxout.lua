-- nn.Maxout(inputSize, outputSize, maxoutNumber [, preprocess]): the largest of maxoutNumber linear maps, for every
-- output.
--
-- Input: inputSize or N x inputSize; output: outputSize, or N x outputSize. preprocess: a module before the linear
-- maps.
--
-- > #nn.Maxout(4, 2, 3):forward(torch.ones(5, 4))
--  5
--  2
-- [torch.LongStorage of size 2]
--
-- Source: I. Goodfellow, D. Warde-Farley, M. Mirza, A. Courville, Y. Bengio, Maxout networks, 2013.
local Maxout, parent = torch.class('nn.Maxout', 'nn.Sequential')

function Maxout:__init(inputSize, outputSize, maxoutNumber, preprocess)
   parent.__init(self)
   self:add(nn.Linear(inputSize, outputSize * maxoutNumber))
   self:add(nn.View(maxoutNumber, outputSize):setNumInputDims(1))
   if preprocess then self:add(preprocess) end
   self:add(nn.Max(1, 2))
end
