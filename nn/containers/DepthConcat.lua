-- nn.DepthConcat(dim): nn.Concat for maps of different heights and widths; smaller ones are centred in zeros.
--
-- Input: what the modules take, (N x) C x H x W; output: as large as the largest of theirs, joined along dim, the
-- planes.
--
-- > m = nn.DepthConcat(1):add(nn.SpatialZeroPadding(1, 1, 1, 1)):add(nn.Identity())
-- > m:forward(torch.ones(1, 1, 1)):sum(1):view(3, 3)
--  0  0  0
--  0  2  0
--  0  0  0
-- [torch.DoubleTensor of size 3x3]
local DepthConcat = torch.class('nn.DepthConcat', 'nn.Concat')

--- module:windowNarrow(tensor, currentOutput, offset) -> view: the part of `tensor` that belongs to currentOutput: its
-- place along dimension from offset on, centred in the other dimensions.
function DepthConcat:windowNarrow(tensor, currentOutput, offset)
   local window = tensor:narrow(self.dimension, offset, currentOutput:size(self.dimension))
   for dim = 1, self.outputSize:size() do
      local size = currentOutput:size(dim)
      if dim ~= self.dimension and self.outputSize[dim] ~= size then
         local start = math.floor((self.outputSize[dim] - size) / 2) + 1
         window = window:narrow(dim, start, size)
      end
   end
   return window
end

function DepthConcat:updateOutput(input)
   local outs = {}
   for i = 1, #self.modules do
      local out = self:rethrowErrors(self.modules[i], i, 'updateOutput', input)
      outs[i] = out
      if i == 1 then
         nn.utils.checkDimension(self, out, self.dimension)
         self.outputSize = out:size()
      else
         self.outputSize[self.dimension] = self.outputSize[self.dimension] + out:size(self.dimension)
         for dim = 1, self.outputSize:size() do
            if dim ~= self.dimension then self.outputSize[dim] = math.max(self.outputSize[dim], out:size(dim)) end
         end
      end
   end
   self.output:resize(self.outputSize):zero()
   local offset = 1
   for _, out in ipairs(outs) do
      self:windowNarrow(self.output, out, offset):copy(out)
      offset = offset + out:size(self.dimension)
   end
   return self.output
end

local function each(self, gradOutput, f)
   local offset = 1
   for i, module in ipairs(self.modules) do
      f(i, module, self:windowNarrow(gradOutput, module.output, offset):contiguous())
      offset = offset + module.output:size(self.dimension)
   end
end

function DepthConcat:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(input)
   each(self, gradOutput, function(i, module, g)
      local current = self:rethrowErrors(module, i, 'updateGradInput', input, g)
      if i == 1 then self.gradInput:copy(current) else self.gradInput:add(current) end
   end)
   return self.gradInput
end

function DepthConcat:accGradParameters(input, gradOutput, scale)
   each(self, gradOutput, function(i, module, g)
      self:rethrowErrors(module, i, 'accGradParameters', input, g, scale or 1)
   end)
end

function DepthConcat:backward(input, gradOutput, scale)
   self.gradInput:resizeAs(input)
   each(self, gradOutput, function(i, module, g)
      local current = self:rethrowErrors(module, i, 'backward', input, g, scale or 1)
      if i == 1 then self.gradInput:copy(current) else self.gradInput:add(current) end
   end)
   return self.gradInput
end

function DepthConcat:accUpdateGradParameters(input, gradOutput, lr)
   each(self, gradOutput, function(i, module, g)
      self:rethrowErrors(module, i, 'accUpdateGradParameters', input, g, lr)
   end)
end
