-- nn.View(sizes...): another shape of the same memory; one size may be -1.
--
-- After setNumInputDims(n), or when the number of elements says so, a first dimension is a batch. Raises when the input
-- is not contiguous: nn.Reshape copies then.
--
-- > #nn.View(6):forward(torch.ones(4, 2, 3))
--  4
--  6
-- [torch.LongStorage of size 2]
local View, parent = torch.class('nn.View', 'nn.Module')
local wrong = require('nn.check').wrong

--- module:resetSize(sizes...) -> module: another shape to give.
function View:resetSize(...)
   if select('#', ...) == 1 and torch.typename(select(1, ...)) == 'torch.LongStorage' then
      self.size = select(1, ...)
   else
      self.size = torch.LongStorage({...})
   end
   self.numElements = 1
   local inferdim = false
   for i = 1, #self.size do
      local szi = self.size[i]
      if szi >= 0 then
         self.numElements = self.numElements * szi
      else
         if szi ~= -1 then wrong(self, i, 'size', 'a size, or -1 for what is left, expected, got %s', tostring(szi)) end
         if inferdim then wrong(self, i, 'size', 'only one size may be -1') end
         inferdim = true
      end
   end
   return self
end

function View:__init(...)
   parent.__init(self)
   self:resetSize(...)
   self.numInputDims = nil
end

--- module:setNumInputDims(numInputDims) -> module: sets how many dimensions a sample has; an input with one more is a
-- batch.
function View:setNumInputDims(numInputDims)
   self.numInputDims = numInputDims
   return self
end

-- The size of the batch, or nil when the input is a single sample.
local function batchsize(input, size, numberInputDims, numElements)
   local ind = input:nDimension()
   local isz = input:size()
   local maxdim = numberInputDims and numberInputDims or ind
   local ine = 1
   for i = ind, ind - maxdim + 1, -1 do ine = ine * isz[i] end
   if ine % numElements ~= 0 then
      wrong('View', 1, 'input', 'input view (%s) and desired view (%s) do not match', table.concat(isz:totable(), 'x'),
         table.concat(size:totable(), 'x'))
   end
   -- the remainder is either the batch...
   local bsz = ine / numElements
   -- ... or the missing size dim
   for i = 1, size:size() do
      if size[i] == -1 then
         bsz = 1
         break
      end
   end
   -- for dim over maxdim, it is definitively the batch
   for i = ind - maxdim, 1, -1 do bsz = bsz * isz[i] end
   -- special card
   if bsz == 1 and (not numberInputDims or input:nDimension() <= numberInputDims) then return end
   return bsz
end

function View:updateOutput(input)
   self.output = self.output or input.new()
   local bsz = batchsize(input, self.size, self.numInputDims, self.numElements)
   if bsz then
      self.output = input:view(bsz, unpack(self.size:totable()))
   else
      self.output = input:view(self.size)
   end
   return self.output
end

function View:updateGradInput(input, gradOutput)
   self.gradInput = gradOutput:contiguous():view(input:size())
   return self.gradInput
end

function View:__tostring__()
   return string.format('%s(%s)', torch.type(self), table.concat(self.size:totable(), ', '))
end
