-- nn.RReLU([lower = 1/8, upper = 1/3, inplace = false]): x where x > 0, else slope x; the slope is drawn
-- from U(lower, upper) in training, and its mean otherwise.
local RReLU, parent = torch.class('nn.RReLU', 'nn.Module')

function RReLU:__init(l, u, ip)
   parent.__init(self)
   self.lower = l or 1 / 8
   self.upper = u or 1 / 3
   assert(self.lower <= self.upper and self.lower >= 0 and self.upper >= 0)
   self.noise = torch.Tensor()
   self.train = true
   self.inplace = ip or false
end

function RReLU:updateOutput(input)
   if not self.train then
      input.THNN.LeakyReLU_updateOutput(input, self.output, (self.lower + self.upper) / 2, self.inplace)
      return self.output
   end
   if self.inplace then self.output:set(input) else self.output:resizeAs(input):copy(input) end
   -- a slope is drawn for elements that are not positive only, in order
   self.noise:resizeAs(input):fill(1)
   local lower, upper, uniform = self.lower, self.upper, torch.uniform
   self.noise:map(input, function(one, x) return x <= 0 and uniform(lower, upper) or one end)
   self.output:cmul(self.noise)
   return self.output
end

function RReLU:updateGradInput(input, gradOutput)
   input.THNN.RReLU_updateGradInput(input, gradOutput, self.gradInput, self.noise, self.lower, self.upper,
      self.train, self.inplace)
   return self.gradInput
end

function RReLU:clearState()
   if self.noise then self.noise:set() end
   return parent.clearState(self)
end

function RReLU:__tostring__()
   return string.format('%s (l:%f, u:%f)', torch.type(self), self.lower, self.upper)
end
