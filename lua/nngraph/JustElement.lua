-- nngraph.JustElement(): {x} becomes x.
local JustElement = torch.class('nngraph.JustElement', 'nn.Module')

function JustElement:updateOutput(input)
   if type(input) ~= 'table' or #input ~= 1 then error('nngraph.JustElement: table of one element expected', 0) end
   self.output = input[1]
   return self.output
end

function JustElement:updateGradInput(input, gradOutput)
   self.gradInput = {gradOutput}
   return self.gradInput
end

function JustElement:clearState() return nn.utils.release(self, 'output', 'gradInput') end
