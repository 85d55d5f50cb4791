-- nn.ZipTable(): exchanges the two levels of a table of tables.
--
-- Input: {{a1, a2}, {b1, b2}}; output: {{a1, b1}, {a2, b2}}.
--
-- > nn.ZipTable():forward{{torch.Tensor{1}, torch.Tensor{2}}, {torch.Tensor{3}, torch.Tensor{4}}}[2][1]
--  2
-- [torch.DoubleTensor of size 1]
local ZipTable, parent = torch.class('nn.ZipTable', 'nn.Module')

function ZipTable:__init()
   parent.__init(self)
   self.output = {}
   self.gradInput = {}
end

local function zip(x)
   local r = {}
   for i = 1, #x[1] do
      r[i] = {}
      for j = 1, #x do r[i][j] = x[j][i] end
   end
   return r
end

function ZipTable:updateOutput(input)
   self.output = zip(input)
   return self.output
end

function ZipTable:updateGradInput(input, gradOutput)
   self.gradInput = zip(gradOutput)
   return self.gradInput
end
