-- nn.ZipTableOneToMany(): pairs one tensor with each of several.
--
-- Input: {a, {b1, b2...}}; output: {{a, b1}, {a, b2}...}.
--
-- > nn.ZipTableOneToMany():forward{torch.Tensor{1}, {torch.Tensor{2}, torch.Tensor{3}}}[2][2]
--  3
-- [torch.DoubleTensor of size 1]
local ZipTableOneToMany, parent = torch.class('nn.ZipTableOneToMany', 'nn.Module')
local expect = require('nn.check').expect

function ZipTableOneToMany:__init()
   parent.__init(self)
   self.output = {}
   self.gradInput = {}
   self.gradInputEl = torch.Tensor()
end

function ZipTableOneToMany:updateOutput(input)
   expect(#input == 2, self, 1, 'input', 'input must be table of element and table')
   local el, list = input[1], input[2]
   self.output = {}
   for i, v in ipairs(list) do self.output[i] = {el, v} end
   return self.output
end

function ZipTableOneToMany:updateGradInput(input, gradOutput)
   expect(#input == 2, self, 1, 'input', 'input must be table of element and table')
   self.gradInputEl:resizeAs(input[1]):zero()
   local list = {}
   for i, g in ipairs(gradOutput) do
      self.gradInputEl:add(g[1])
      list[i] = g[2]
   end
   self.gradInput = {self.gradInputEl, list}
   return self.gradInput
end
