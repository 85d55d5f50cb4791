-- nn.Profile(module [, print_interval = 100, name = the module's]): prints the average time, in milliseconds, of
-- forward and of backward, every print_interval passes.
--
-- Input and output: the module's.
--
-- > nn.Profile(nn.Square()):forward(torch.Tensor{2})
--  4
-- [torch.DoubleTensor of size 1]
local Profile, parent = torch.class('nn.Profile', 'nn.Decorator')

function Profile:__init(module, print_interval, name)
   parent.__init(self, module)
   self.print_interval = print_interval or 100
   self.name = name or torch.type(module)
   self.module = module
   self.numFwds, self.numBwds = 0, 0
   self.summedFwdTime, self.summedBwdTime = 0, 0
   self.timer = torch.Timer()
end

local function report(self, what, n, total)
   if n % self.print_interval == 0 then
      print(string.format('%s took %.3f seconds for %d %s', self.name, total, n, what))
   end
end

function Profile:updateOutput(input)
   self.timer:reset()
   self.output = self.modules[1]:updateOutput(input)
   self.summedFwdTime = self.summedFwdTime + self.timer:time().real
   self.numFwds = self.numFwds + 1
   report(self, 'forward passes', self.numFwds, self.summedFwdTime)
   return self.output
end

function Profile:updateGradInput(input, gradOutput)
   self.timer:reset()
   self.gradInput = self.modules[1]:updateGradInput(input, gradOutput)
   self.summedBwdTime = self.summedBwdTime + self.timer:time().real
   self.numBwds = self.numBwds + 1
   report(self, 'backward passes', self.numBwds, self.summedBwdTime)
   return self.gradInput
end
