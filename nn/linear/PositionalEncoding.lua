-- nn.PositionalEncoding(width [, length = 5000, learned = false, timeMajor = false]): adds to every step of a sequence, batch x steps x
-- width (steps x batch x width with timeMajor), a vector of its position. By default they are fixed,
--
--    p[t][2 i - 1] = sin(t' / 10000^(2 (i - 1) / width)),  p[t][2 i] = cos of the same,  t' = t - 1
--
-- with learned = true they are parameters, `weight` of length x width, drawn from a normal distribution of deviation 0.02.
-- Field `offset` (0): steps that came before, for generation step by step.
--
--    nn.PositionalEncoding(128):forward(torch.randn(16, 64, 128))
--
-- Errors: the input must have that width, and no more than `length` steps.
-- Source: A. Vaswani and others, Attention is all you need, 2017.
local PositionalEncoding, parent = torch.class('nn.PositionalEncoding', 'nn.Module')
local wrong, check_gradient = require('nn.check').wrong, require('nn.check').gradient

PositionalEncoding.__arguments = 'width size, [length size], [learned boolean], [timeMajor boolean]'

local function waves(length, width)
   local p = torch.Tensor(length, width)
   local at = torch.range(0, length - 1):type(p:type())
   for j = 1, width do
      local angle = torch.mul(at, 10000 ^ (-2 * math.floor((j - 1) / 2) / width))
      p:select(2, j):copy(j % 2 == 1 and angle:sin() or angle:cos())
   end
   return p
end

function PositionalEncoding:__init(width, length, learned, timeMajor)
   parent.__init(self)
   self.width, self.length, self.timeMajor, self.offset = width, length or 5000, timeMajor or false, 0
   if learned then
      self.weight, self.gradWeight = torch.Tensor(self.length, width), torch.Tensor(self.length, width):zero()
      self:reset()
   else
      self.positions = waves(self.length, width)
   end
end

function PositionalEncoding:reset(stdv)
   if self.weight then self.weight:normal(0, stdv or 0.02) end
end

-- The rows of `table_` that belong to x's steps, as a tensor of x's size.
local function rows_for(self, table_, x)
   local dim = self.timeMajor and 1 or 2
   if x:dim() ~= 3 or x:size(3) ~= self.width then
      wrong(self, 1, 'input', 'expected %s x %d, got %s', self.timeMajor and 'steps x batch' or 'batch x steps', self.width,
         nn.utils.sizeText(x))
   end
   local steps = x:size(dim)
   if self.offset + steps > self.length then
      wrong(self, 1, 'input', 'step %d of a sequence, made for %d', self.offset + steps, self.length)
   end
   local size = torch.LongStorage{1, 1, self.width}
   size[dim] = steps
   return table_:narrow(1, self.offset + 1, steps):view(size), 3 - dim
end

function PositionalEncoding:updateOutput(input)
   self.output:add(input, rows_for(self, self.weight or self.positions, input):expandAs(input))
   return self.output
end

function PositionalEncoding:updateGradInput(input, gradOutput)
   check_gradient(self, gradOutput, input)
   rows_for(self, self.weight or self.positions, gradOutput)
   self.gradInput:resizeAs(gradOutput):copy(gradOutput)
   return self.gradInput
end

function PositionalEncoding:accGradParameters(input, gradOutput, scale)
   if not self.weight then return end
   local rows, batch = rows_for(self, self.gradWeight, gradOutput)
   rows:add(scale or 1, gradOutput:sum(batch))
end

function PositionalEncoding:__tostring__()
   return ('%s(%d%s)'):format(torch.type(self), self.width, self.weight and ', learned' or '')
end

function PositionalEncoding.__cases()
   local T = torch.DoubleTensor
   return {{nn.PositionalEncoding(5, 9), T(2, 4, 5)}, {nn.PositionalEncoding(4, 6, true), T(3, 5, 4)},
      {nn.PositionalEncoding(4, 6, true, true), T(5, 3, 4)}}
end
