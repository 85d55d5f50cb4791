-- nn.CAdd(sizes...): adds a learned tensor of that size, or one given as a LongStorage.
--
-- Dimensions of 1 are repeated. An input of another number of dimensions is a batch along its first one: of samples
-- with as many elements, in whatever dimensions, or of samples of that size, dimensions of 1 repeated. Output: the
-- shape of the input. Fields: bias, gradBias.
--
-- > m = nn.CAdd(1, 2)
-- > m.bias:fill(10);
-- > m:forward(torch.Tensor{{1, 2}, {3, 4}})
--  11  12
--  13  14
-- [torch.DoubleTensor of size 2x2]
local CAdd, parent = torch.class('nn.CAdd', 'nn.Module')

function CAdd:__init(...)
   parent.__init(self)
   self.size = nn.utils.sizeOf(...)
   self.bias = torch.Tensor(self.size)
   self.gradBias = torch.Tensor(self.size)
   self.output:resize(self.size)
   self:reset()
end

function CAdd:reset(stdv)
   nn.utils.drawUniform(self, stdv, self.bias:nElement())
end

-- Whether x is a batch of p's, seen without their dimensions.
local function is_row(p, x)
   return p:dim() ~= x:dim() and x:dim() > 1 and p:nElement() * x:size(1) == x:nElement()
end

-- p, of the size of the parameter, expanded to the size of x
local function expanded(p, x)
   if p:nElement() == x:nElement() then return p:view(x:size()) end
   if is_row(p, x) then
      local size = x:size()
      size[1] = 1
      return p:view(size):expandAs(x)
   end
   if p:dim() < x:dim() then
      local size = p:size():totable()
      for _ = p:dim() + 1, x:dim() do table.insert(size, 1, 1) end
      p = p:view(torch.LongStorage(size))
   end
   return p:expandAs(x)
end

-- sum of g over the dimensions along which p is repeated
local function reduced(p, g)
   if p:nElement() == g:nElement() then return g:contiguous():view(p:size()) end
   if is_row(p, g) then return g:sum(1):view(p:size()) end
   local missing = g:dim() - p:dim()
   for d = 1, g:dim() do
      if (d <= missing or p:size(d - missing) == 1) and g:size(d) > 1 then g = g:sum(d) end
   end
   return g:contiguous():view(p:size())
end

CAdd._expanded, CAdd._reduced = expanded, reduced

function CAdd:updateOutput(input)
   self.output:resizeAs(input):copy(input)
   self.output:add(expanded(self.bias, input))
   return self.output
end

function CAdd:updateGradInput(input, gradOutput)
   self.gradInput = self.gradInput or input.new()
   self.gradInput:resizeAs(gradOutput):copy(gradOutput)
   return self.gradInput
end

function CAdd:accGradParameters(input, gradOutput, scale)
   self.gradBias:add(scale or 1, reduced(self.gradBias, gradOutput))
end
