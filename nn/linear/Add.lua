-- nn.Add(inputSize [, scalar = false]): adds a learned vector, or with scalar one learned number.
--
-- Input: inputSize, or N x inputSize, of any shape inside; output: the same. Fields: bias, gradBias.
--
-- > m = nn.Add(2)
-- > m.bias:fill(10);
-- > m:forward(torch.Tensor{1, 2})
--  11
--  12
-- [torch.DoubleTensor of size 2]
local Add, parent = torch.class('nn.Add', 'nn.Module')

function Add:__init(inputSize, scalar)
   parent.__init(self)
   local size = inputSize
   if scalar then
      size = 1
      self.scalar = true
   end
   self.bias = torch.Tensor(size)
   self.gradBias = torch.Tensor(size)
   self._ones = torch.Tensor{1}
   self:reset()
end

function Add:reset(stdv)
   nn.utils.drawUniform(self, stdv, self.bias:size(1))
end

function Add:updateOutput(input)
   self.output:resizeAs(input):copy(input)
   if self.scalar then
      self.output:add(self.bias[1])
   elseif input:isSameSizeAs(self.bias) then
      self.output:add(self.bias)
   else
      local rows = self.output:view(input:size(1), -1)
      rows:add(self.bias:view(1, -1):expandAs(rows))
   end
   return self.output
end

function Add:updateGradInput(input, gradOutput)
   if self.gradInput then
      self.gradInput:resizeAs(gradOutput):copy(gradOutput)
      return self.gradInput
   end
end

function Add:accGradParameters(input, gradOutput, scale)
   scale = scale or 1
   if self.gradBias:size(1) == 1 then
      self.gradBias[1] = self.gradBias[1] + scale * gradOutput:sum()
   elseif input:isSameSizeAs(self.bias) then
      self.gradBias:add(scale, gradOutput)
   else
      self.gradBias:add(scale, gradOutput:contiguous():view(input:size(1), -1):sum(1):view(-1))
   end
end
