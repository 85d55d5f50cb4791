-- What the modules that pad images share: the four sizes, and calls of the kernels that bear a module's name.
local M = {}

--- Sizes at the left, right, top and bottom; by default all are the first.
function M.init(self, pad_l, pad_r, pad_t, pad_b)
   nn.Module.__init(self)
   self.pad_l = pad_l
   self.pad_r = pad_r or self.pad_l
   self.pad_t = pad_t or self.pad_l
   self.pad_b = pad_b or self.pad_l
end

function M.text(self)
   return torch.type(self) .. string.format('(l=%d, r=%d, t=%d, b=%d)', self.pad_l, self.pad_r, self.pad_t, self.pad_b)
end

--- Gives a class everything, by the kernels <name>_updateOutput and <name>_updateGradInput.
function M.define(class, name)
   local function kernel(input, call)
      if input:dim() ~= 3 and input:dim() ~= 4 then
         error(name .. ': input must be 3 or 4-dimensional, got ' .. input:dim() .. 'D', 3)
      end
      return input.THNN[name .. '_' .. call]
   end
   class.__init, class.__tostring__ = M.init, M.text
   function class:updateOutput(input)
      kernel(input, 'updateOutput')(input, self.output, self.pad_l, self.pad_r, self.pad_t, self.pad_b)
      return self.output
   end
   function class:updateGradInput(input, gradOutput)
      kernel(input, 'updateGradInput')(input, gradOutput, self.gradInput, self.pad_l, self.pad_r, self.pad_t, self.pad_b)
      return self.gradInput
   end
end

return M
