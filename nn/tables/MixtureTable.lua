-- nn.MixtureTable([dim]): weighted sum of what experts say.
--
-- Input: {weights, experts}: weights n or N x n; experts a table of n tensors of one shape, or one tensor with the n
-- experts along dim. Output: the shape of an expert's.
--
-- > nn.MixtureTable():forward{torch.Tensor{{0.5, 0.5}}, {torch.Tensor{{1, 2}}, torch.Tensor{{3, 4}}}}
--  2  3
-- [torch.DoubleTensor of size 1x2]
local MixtureTable, parent = torch.class('nn.MixtureTable', 'nn.Module')
local wrong = require('nn.check').wrong

function MixtureTable:__init(dim)
   parent.__init(self)
   self.dim = dim
   self.size = torch.LongStorage()
   self.batchSize = 0
   self.size2 = torch.LongStorage()
   self.backwardSetup = false
   self.gradInput = {}
end

-- expert i, its weight expanded to its size, and how many there are
local function count(self, gater, experts)
   if type(experts) == 'table' then return #experts end
   local dim = self.dim or (gater:dim() == 2 and 2 or 1)
   return experts:size(dim), dim
end

local function expert(experts, i, dim)
   if type(experts) == 'table' then return experts[i] end
   return experts:select(dim, i)
end

local function weight(gater, i, x)
   if gater:dim() == 1 then
      return gater:narrow(1, i, 1):contiguous():view(torch.LongStorage(x:dim()):fill(1)):expandAs(x)
   end
   local size = torch.LongStorage(x:dim()):fill(1)
   size[1] = x:size(1)
   return gater:select(2, i):contiguous():view(size):expandAs(x)
end

function MixtureTable:updateOutput(input)
   local gater, experts = input[1], input[2]
   local n, dim = count(self, gater, experts)
   local gated = gater:dim() == 1 and gater:size(1) or gater:size(2)
   if gated ~= n then wrong(self, 1, 'input', 'one output of the gater for each of %d experts expected, got %d', n, gated) end
   for i = 1, n do
      local e = expert(experts, i, dim)
      if i == 1 then self.output:resize(e:size()):zero() end
      self.output:addcmul(1, weight(gater, i, e), e)
   end
   return self.output
end

function MixtureTable:updateGradInput(input, gradOutput)
   local gater, experts = input[1], input[2]
   local n, dim = count(self, gater, experts)
   local gg = torch.isTensor(self.gradInput[1]) and self.gradInput[1] or gater.new()
   gg:resizeAs(gater)
   local ge = self.gradInput[2]
   if type(experts) == 'table' then
      if type(ge) ~= 'table' then ge = {} end
      for i = 1, n do ge[i] = (ge[i] or experts[i].new()):resizeAs(experts[i]) end
      for i = n + 1, #ge do ge[i] = nil end
   else
      ge = (torch.isTensor(ge) and ge or experts.new()):resizeAs(experts)
   end
   for i = 1, n do
      local e = expert(experts, i, dim)
      local g = gradOutput:contiguous():view(e:size())
      expert(ge, i, dim):copy(torch.cmul(weight(gater, i, e), g))
      local product = torch.cmul(e, g)
      if gater:dim() == 1 then gg[i] = product:sum()
      else gg:select(2, i):copy(product:view(e:size(1), -1):sum(2)) end
   end
   self.gradInput = {gg, ge}
   return self.gradInput
end

function MixtureTable:type(type, tensorCache)
   for _, f in ipairs{'_gaterView', '_expert', '_expertView', '_sum', '_expert2', '_expertView2'} do self[f] = nil end
   return parent.type(self, type, tensorCache)
end
