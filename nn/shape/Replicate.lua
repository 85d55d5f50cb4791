-- nn.Replicate(nf [, dim = 1, ndim]): nf copies along a new dimension dim, without memory of their own.
--
-- ndim: dimensions of a sample; an input with more is a batch, and dim counts without it. Backward sums over the
-- copies.
--
-- > nn.Replicate(2):forward(torch.Tensor{5, 6})
--  5  6
--  5  6
-- [torch.DoubleTensor of size 2x2]
local Replicate, parent = torch.class('nn.Replicate', 'nn.Module')
local expect = require('nn.check').expect

function Replicate:__init(nf, dim, ndim)
   parent.__init(self)
   self.nfeatures = nf
   self.dim = dim or 1
   self.ndim = ndim
end

local function dim_of(self, input)
   local batchOffset = self.ndim and input:dim() > self.ndim and 1 or 0
   return self.dim + batchOffset
end

function Replicate:updateOutput(input)
   self.dim = self.dim or 1 -- absent in old files
   expect(self.dim <= input:dim() + 1, 'Replicate', 1, 'input',
      'Not enough input dimensions to replicate along dimension %s.', tostring(self.dim))
   local rdim = dim_of(self, input)
   local sz, st = torch.LongStorage(input:dim() + 1), torch.LongStorage(input:dim() + 1)
   sz[rdim], st[rdim] = self.nfeatures, 0
   for i = 1, input:dim() do
      local to = i < rdim and i or i + 1
      sz[to], st[to] = input:size(i), input:stride(i)
   end
   self.output:set(input:storage(), input:storageOffset(), sz, st)
   return self.output
end

function Replicate:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(input):zero()
   local rdim = dim_of(self, input)
   local sz = torch.LongStorage(input:dim() + 1)
   sz[rdim] = 1
   for i = 1, input:dim() do sz[i < rdim and i or i + 1] = input:size(i) end
   self.gradInput:view(sz):sum(gradOutput, rdim)
   return self.gradInput
end
