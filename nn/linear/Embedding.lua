-- nn.Embedding(rows, width [, padding, maxNorm, normType = 2]): rows of a learned matrix by their numbers, 1 .. rows, for an input of
-- any dimensions: the output has the input's size and width as one dimension more. The gradient of row `padding` stays 0, and
-- so does the row itself, which is 0 at first. Rows that are asked for are scaled down to norm maxNorm where theirs is larger.
-- nn.LookupTable is the same for vectors and matrices; its padding row is drawn like the others.
--
--    nn.Embedding(10000, 64):forward(torch.LongTensor{{3, 1, 4}, {1, 5, 9}})   --> 2 x 3 x 64
--
-- Errors: numbers out of 1 .. rows.
local Embedding, parent = torch.class('nn.Embedding', 'nn.LookupTable')

Embedding.__arguments = 'rows size, width size, [padding int], [maxNorm number], [normType number]'

function Embedding:reset(stdv)
   parent.reset(self, stdv)
   if self.paddingValue > 0 then self.weight[self.paddingValue]:zero() end
end

function Embedding:updateOutput(input)
   parent.updateOutput(self, input:dim() > 2 and input:contiguous():view(-1) or input)
   if input:dim() > 2 then
      local size = input:size():totable()
      size[#size + 1] = self.weight:size(2)
      self.output = self.output:view(torch.LongStorage(size))
   end
   return self.output
end

function Embedding:accGradParameters(input, gradOutput, scale)
   if input:dim() > 2 then input = input:contiguous():view(-1) end
   parent.accGradParameters(self, input, gradOutput, scale)
end

function Embedding.__cases()
   local L = torch.LongTensor
   return {{nn.Embedding(5, 3, 2), L{1, 5, 3, 5}, bare = true}, {nn.Embedding(5, 3), L{{{1, 5}, {2, 1}}, {{3, 3}, {4, 1}}}, bare = true}}
end
