-- nn.HardTanh([min_value = -1, max_value = 1, inplace = false]): x clamped to [min_value, max_value].
--
-- Input: any shape; output: the same. The gradient is 0 at and beyond the bounds. Raises unless max_value > min_value.
--
-- > nn.HardTanh():forward(torch.Tensor{-2, 0.5, 3})
-- -1.0000
--  0.5000
--  1.0000
-- [torch.DoubleTensor of size 3]
local HardTanh, parent = torch.class('nn.HardTanh', 'nn.Module')
local expect = require('nn.check').expect

function HardTanh:__init(min_value, max_value, inplace)
   parent.__init(self)
   self.min_val = min_value or -1
   self.max_val = max_value or 1
   self.inplace = inplace or false
   expect(self.max_val > self.min_val, self, 2, 'max_value', 'more than min_value, %s, expected, got %s', self.min_val, self.max_val)
end

function HardTanh:updateOutput(input)
   input.THNN.HardTanh_updateOutput(input, self.output, self.min_val or -1, self.max_val or 1, self.inplace or false)
   return self.output
end

function HardTanh:updateGradInput(input, gradOutput)
   input.THNN.HardTanh_updateGradInput(input, gradOutput, self.gradInput, self.min_val or -1, self.max_val or 1,
      self.inplace or false)
   return self.gradInput
end
