-- nn.PrintSize([prefix = 'PrintSize']): prints the sizes of what passes through, forward and backward.
local PrintSize, parent = torch.class('nn.PrintSize', 'nn.Module')

function PrintSize:__init(prefix)
   parent.__init(self)
   self.prefix = prefix or 'PrintSize'
end

local function size_of(x)
   if torch.isTensor(x) then return x:size() end
   return torch.type(x)
end

function PrintSize:updateOutput(input)
   self.output = input
   print(self.prefix .. ':input\n', size_of(input))
   return self.output
end

function PrintSize:updateGradInput(input, gradOutput)
   print(self.prefix .. ':gradOutput\n', size_of(gradOutput))
   self.gradInput = gradOutput
   return self.gradInput
end
