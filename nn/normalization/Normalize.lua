-- nn.Normalize(p [, eps = 1e-10]): x / (|x|_p^p + eps)^(1/p), every row having p-norm 1.
--
-- Input: d, or N x d; output: the same. p > 0, or math.huge: the largest |x|.
--
-- > nn.Normalize(1):forward(torch.Tensor{1, 3})
--  0.2500
--  0.7500
-- [torch.DoubleTensor of size 2]
local Normalize, parent = torch.class('nn.Normalize', 'nn.Module')
local expect = require('nn.check').expect

function Normalize:__init(p, eps)
   parent.__init(self)
   self.p = p
   self.eps = eps or 1e-10
end

-- rows as a matrix
local function rows(x)
   expect(x:dim() <= 2, 'Normalize', 1, 'input', 'only 1d layer supported')
   x = x:contiguous()
   return x:dim() == 1 and x:view(1, -1) or x
end

function Normalize:updateOutput(input)
   local x = rows(input)
   self.norm = self.norm or input.new()
   self.buffer = self.buffer or input.new()
   if self.p == math.huge then
      self._indices = nn.utils.long(self._indices, input)
      self.buffer:abs(x)
      torch.max(self.norm, self._indices, self.buffer, 2)
      self.norm:add(self.eps)
   else
      self.normp = self.normp or input.new()
      local scales = nn.utils.rowScales(x, self.p)
      self.buffer:cdiv(x, scales:expandAs(x)):abs():pow(self.p)
      self.normp:sum(self.buffer, 2):add(torch.pow(scales, -self.p):mul(self.eps))
      self.norm:pow(self.normp, 1 / self.p):cmul(scales)
   end
   self.output:resizeAs(x)
   self.output:cdiv(x, self.norm:view(-1, 1):expandAs(x))
   self.output = self.output:view(input:size())
   return self.output
end

-- With y = x / norm: gx = (g - y |y|^(p-2) (y . g)) / norm, and for the maximum norm the second term is
-- at the largest element only.
function Normalize:updateGradInput(input, gradOutput)
   local x, g = rows(input), rows(gradOutput)
   local n, d = x:size(1), x:size(2)
   local norm = self.norm:view(n, 1):expand(n, d)
   local y = torch.cdiv(x, norm)
   local dot = torch.cmul(y, g):sum(2) -- n x 1
   self.gradInput:resize(n, d):copy(g)
   if self.p == math.huge then
      local at = self._indices:view(n, 1)
      dot:cmul(y:gather(2, at):sign())
      self.gradInput:scatter(2, at, g:gather(2, at):add(-1, dot))
   else
      local slope = self.p == 2 and y or torch.abs(y):pow(self.p - 1):cmul(torch.sign(y))
      self.gradInput:addcmul(-1, slope, dot:expand(n, d))
   end
   self.gradInput:cdiv(norm)
   self.gradInput = self.gradInput:view(input:size())
   return self.gradInput
end

function Normalize:type(type, tensorCache)
   self._indices = nil
   return parent.type(self, type, tensorCache)
end

function Normalize:clearState()
   nn.utils.clear(self, {'_output', '_indices', '_gradInput', 'buffer', 'norm', 'normp', 'cross'})
   return parent.clearState(self)
end

function Normalize:__tostring__()
   local s
   -- different prints if the norm is an integer
   if self.p % 1 == 0 then s = '%s(%d)' else s = '%s(%f)' end
   if self.p == math.huge then return torch.type(self) .. '(inf)' end
   return string.format(s, torch.type(self), self.p)
end
