-- nn.ConcatTable([modules...]): every module gets the whole input; the output is the table of their outputs.
--
-- Input: a tensor or table. The gradient of the input is the sum of theirs; for a table, entry by entry.
--
-- > m = nn.ConcatTable(nn.Identity(), nn.Square())
-- > m:forward(torch.Tensor{3})[2]
--  9
-- [torch.DoubleTensor of size 1]
local ConcatTable, parent = torch.class('nn.ConcatTable', 'nn.Container')

function ConcatTable:__init(...)
   parent.__init(self)
   self.modules = {}
   self.output = {}
   self:_addAll(...)
end

function ConcatTable:updateOutput(input)
   for i = 1, #self.modules do
      self.output[i] = self:rethrowErrors(self.modules[i], i, 'updateOutput', input)
   end
   return self.output
end

-- sums of nested tables, checked for equal shape
local function add(sum, current, depth)
   if type(sum) ~= 'table' then
      sum:add(current)
      return
   end
   if type(current) ~= 'table' then error('currentGradInput is not a table!') end
   if #sum ~= #current then error(string.format('table size mismatch: %d ~= %d', #sum, #current)) end
   for i = 1, #sum do add(sum[i], current[i]) end
end

local function backward(self, method, input, gradOutput, scale)
   local istable = type(input) == 'table'
   local wastable = type(self.gradInput) == 'table'
   for i, module in ipairs(self.modules) do
      local current = self:rethrowErrors(module, i, method, input, gradOutput[i], scale)
      if istable then
         if i == 1 then
            self.gradInput = wastable and self.gradInput or {}
            if type(current) ~= 'table' then error('currentGradInput is not a table!') end
            if #input ~= #current then error(string.format('table size mismatch: %d ~= %d', #input, #current)) end
            self.gradInput = nn.utils.recursiveCopy(self.gradInput, current)
            for k in pairs(self.gradInput) do
               if current[k] == nil then self.gradInput[k] = nil end
            end
         else
            add(self.gradInput, current)
         end
      elseif i == 1 then
         self.gradInput = (not wastable) and self.gradInput or input:clone()
         self.gradInput:resizeAs(current):copy(current)
      else
         self.gradInput:add(current)
      end
   end
   return self.gradInput
end

function ConcatTable:updateGradInput(input, gradOutput)
   return backward(self, 'updateGradInput', input, gradOutput)
end

function ConcatTable:backward(input, gradOutput, scale)
   return backward(self, 'backward', input, gradOutput, scale or 1)
end

function ConcatTable:accGradParameters(input, gradOutput, scale)
   for i, module in ipairs(self.modules) do
      self:rethrowErrors(module, i, 'accGradParameters', input, gradOutput[i], scale or 1)
   end
end

function ConcatTable:accUpdateGradParameters(input, gradOutput, lr)
   for i, module in ipairs(self.modules) do
      self:rethrowErrors(module, i, 'accUpdateGradParameters', input, gradOutput[i], lr)
   end
end

function ConcatTable:__tostring__() return self:_branches() end
