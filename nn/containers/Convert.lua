-- nn.Convert([inputShape, outputShape]): another shape and type. Shapes are strings of letters: b batch, c channels, h
-- height, w width, f features, t time: nn.Convert('bchw', 'bf').
--
-- Without the letter b a batch may or may not be given; without shapes only the type is converted, to that of the
-- module.
--
-- > #nn.Convert('chw', 'bf'):forward(torch.ones(2, 3, 4))
--   1
--  24
-- [torch.LongStorage of size 2]
local Convert, parent = torch.class('nn.Convert', 'nn.Container')
local check = require 'nn.check'
local wrong, fail = check.wrong, check.fail

function Convert:__init(inputShape, outputShape)
   if outputShape and not inputShape then wrong(self, 1, 'inputShape', "shape expected, such as 'bchw', as outputShape is given; got nothing") end
   self.inputShape = inputShape or 'b*'
   self.outputShape = outputShape or 'b*'
   self.inputBatchDim = self:findAxis('b', self.inputShape, true)
   self.outputBatchDim = self:findAxis('b', self.outputShape, true)
   parent.__init(self)
end

--- module:findAxis(axis_char, shape [, silent]) -> number: the place of an axis in a shape; nil, or an error unless
-- silent, where it has none.
function Convert:findAxis(axis_char, shape, silent)
   shape = shape or self.inputShape
   local pos = shape:find(axis_char, 1, true)
   if not pos and not silent then
      fail(self, 'a shape with the letter %q expected, got %q', axis_char, shape)
   end
   return pos
end

-- shapes with a batch
local function withBatch(shape) return shape:find('b', 1, true) and shape or 'b' .. shape end

--- module:transpose(outputShape) -> module: one that reorders axes from inputShape to outputShape.
function Convert:transpose(outputShape)
   local from, swaps = withBatch(self.inputShape), {}
   local axes = {}
   for i = 1, #from do axes[i] = from:sub(i, i) end
   for i = 1, #outputShape do
      local c, at = outputShape:sub(i, i), nil
      for j = i, #axes do
         if axes[j] == c then at = j end
      end
      if not at then fail(self, 'cannot convert %q to %q', self.inputShape, outputShape) end
      if at ~= i then
         swaps[#swaps + 1] = {i, at}
         axes[i], axes[at] = axes[at], axes[i]
      end
   end
   return nn.Transpose(unpack(swaps))
end

-- batch first, the rest as it is
local function batchFirst(self)
   local from = withBatch(self.inputShape)
   if from:sub(1, 1) == 'b' then return nn.Identity() end
   return self:transpose('b' .. from:gsub('b', ''))
end

--- module:b() -> module: one that converts to 'b'.
function Convert:b()
   return nn.Sequential():add(batchFirst(self)):add(nn.Contiguous()):add(nn.View(-1))
end

--- module:bf() -> module: one that converts to 'bf'.
function Convert:bf()
   local from = withBatch(self.inputShape)
   return nn.Sequential():add(batchFirst(self)):add(nn.Contiguous()):add(nn.Collapse(#from - 1))
end

--- module:bt() -> module: one that converts to 'bt'.
Convert.bt = Convert.bf

--- module:default() -> module: one that converts to any other shape, by reordering axes.
function Convert:default() return self:transpose(withBatch(self.outputShape)) end

--- module:buildConverter(input): makes the module that converts, for inputs with as many dimensions as this one.
function Convert:buildConverter(input)
   local from, to = withBatch(self.inputShape), withBatch(self.outputShape)
   local converter
   if self.inputShape == self.outputShape then converter = nn.Identity()
   else
      if input:dim() ~= #from then
         wrong(self, 1, 'input', 'expected shape %q, got %d dimensions', self.inputShape, input:dim())
      end
      if #to == #from then converter = self:default()
      elseif to == 'bf' or to == 'bt' or to == 'b' then converter = self[to](self)
      elseif to == 'fb' then converter = nn.Sequential():add(self:bf()):add(nn.Transpose{1, 2})
      else fail(self, 'cannot convert %q to %q', self.inputShape, self.outputShape) end
   end
   self.converter = nn.Sequential():add(converter)
   self.converter:type(self._type)
   self.modules[1] = self.converter
end

-- a sample without batch gets one, when the shape names none
local function batched(self, input)
   if self.inputShape ~= 'b*' and not self.inputBatchDim and input:dim() == #self.inputShape then
      return input:view(1, unpack(input:size():totable())), true
   end
   return input, false
end

function Convert:updateOutput(input)
   self._input = input:type(self._type)
   local x, single = batched(self, self._input)
   if not self.converter then self:buildConverter(x) end
   self.output = self.converter:updateOutput(x)
   if single and not self.outputBatchDim then self.output = self.output:select(1, 1) end
   return self.output
end

function Convert:updateGradInput(input, gradOutput)
   local x, single = batched(self, self._input)
   local g = gradOutput
   if single and not self.outputBatchDim then g = g:view(1, unpack(g:size():totable())) end
   self.gradInput = self.converter:updateGradInput(x, g):viewAs(input):type(input:type())
   return self.gradInput
end

function Convert:accGradParameters() end
function Convert:accUpdateGradParameters() end

function Convert:type(type, tensorCache)
   if type then self._input = nil end
   return parent.type(self, type, tensorCache)
end

function Convert:clearState()
   self._input = nil
   return parent.clearState(self)
end
