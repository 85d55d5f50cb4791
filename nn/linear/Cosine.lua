-- nn.Cosine(inputSize, outputSize): cosine of the angle between the input and every row of weight.
--
-- Input: inputSize, or N x inputSize; output: outputSize, or N x outputSize. Fields: weight, outputSize x inputSize.
--
-- > m = nn.Cosine(2, 1)
-- > m.weight:fill(1);
-- > m:forward(torch.Tensor{3, 4})
--  0.9899
-- [torch.DoubleTensor of size 1]
local Cosine, parent = torch.class('nn.Cosine', 'nn.Module')

function Cosine:__init(inputSize, outputSize)
   parent.__init(self)
   self.weight = torch.Tensor(outputSize, inputSize)
   self.gradWeight = torch.Tensor(outputSize, inputSize)
   self:reset()
end

function Cosine:reset(stdv)
   nn.utils.drawUniform(self, stdv, self.weight:size(1))
end

local function rows(x) return x:dim() == 1 and x:view(1, -1) or x:contiguous() end

function Cosine:updateOutput(input)
   local x = rows(input)
   local n, o = x:size(1), self.weight:size(1)
   self._weightNorm = torch.norm(self.weight, 2, 2):add(1e-12):view(1, o)
   self._inputNorm = torch.norm(x, 2, 2):add(1e-12):view(n, 1)
   self.output:resize(n, o)
   self.output:mm(x, self.weight:t())
   self.output:cdiv(self._weightNorm:expand(n, o)):cdiv(self._inputNorm:expand(n, o))
   if input:dim() == 1 then self.output:resize(o) end
   return self.output
end

-- dy_j / dx = w_j / (|w_j| |x|) - y_j x / |x|^2
function Cosine:updateGradInput(input, gradOutput)
   if not self.gradInput then return end
   local x, g, y = rows(input), rows(gradOutput), rows(self.output)
   local n, i, o = x:size(1), x:size(2), self.weight:size(1)
   local gw = torch.cdiv(g, self._weightNorm:expand(n, o)) -- / |w|
   self.gradInput:resize(n, i)
   self.gradInput:mm(gw, self.weight)
   self.gradInput:cdiv(self._inputNorm:expand(n, i))
   local dot = torch.cmul(g, y):sum(2):cdiv(torch.cmul(self._inputNorm, self._inputNorm))
   self.gradInput:add(-1, torch.cmul(x, dot:expand(n, i)))
   if input:dim() == 1 then self.gradInput:resize(i) end
   return self.gradInput
end

-- dy_j / dw_j = x / (|w_j| |x|) - y_j w_j / |w_j|^2
function Cosine:accGradParameters(input, gradOutput, scale)
   scale = scale or 1
   local x, g, y = rows(input), rows(gradOutput), rows(self.output)
   local n, i, o = x:size(1), x:size(2), self.weight:size(1)
   local part = torch.mm(torch.cdiv(g, self._inputNorm:expand(n, o)):t(), x)
   part:cdiv(self._weightNorm:view(o, 1):expand(o, i))
   local norm = self._weightNorm:view(o, 1)
   local dot = torch.cmul(g, y):sum(1):view(o, 1):cdiv(torch.cmul(norm, norm))
   part:add(-1, torch.cmul(self.weight, dot:expand(o, i)))
   self.gradWeight:add(scale, part)
end

function Cosine:type(type, tensorCache)
   if type then self._weightNorm, self._inputNorm = nil, nil end
   return parent.type(self, type, tensorCache)
end

function Cosine:clearState()
   nn.utils.clear(self, {'_input', '_weight', '_gradOutput', '_sum', '_inputNorm', '_weightNorm'})
   return parent.clearState(self)
end
