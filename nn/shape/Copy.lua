-- nn.Copy([intype, outtype, forceCopy = false, dontCast = false]): the input converted to another type.
--
-- intype, outtype: names of classes, such as 'torch.FloatTensor', at first the default. Where they are equal the output
-- is the input, unless forceCopy. With dontCast, :type() leaves the module alone.
--
-- > nn.Copy('torch.DoubleTensor', 'torch.FloatTensor'):forward(torch.ones(2)):type()
-- torch.FloatTensor
local Copy, parent = torch.class('nn.Copy', 'nn.Module')
local expect = require('nn.check').expect

function Copy:__init(intype, outtype, forceCopy, dontCast)
   self.dontCast = dontCast
   intype = intype or torch.Tensor.__typename
   outtype = outtype or torch.Tensor.__typename
   for i, name in ipairs{intype, outtype} do
      local class = torch.getmetatable(name)
      expect(class and torch.isTensor(class.new()), self, i, i == 1 and 'intype' or 'outtype', "the name of a tensor type expected, got '%s'", name)
   end
   parent.__init(self)
   self.gradInput = torch.getmetatable(intype).new()
   self.output = torch.getmetatable(outtype).new()
   if (not forceCopy) and intype == outtype then
      self.updateOutput = function(this, input)
         this.output:set(input)
         return input
      end
      self.updateGradInput = function(this, _, gradOutput)
         this.gradInput:set(gradOutput)
         return gradOutput
      end
   end
end

function Copy:updateOutput(input)
   self.output:resize(input:size()):copy(input)
   return self.output
end

function Copy:updateGradInput(input, gradOutput)
   self.gradInput:resize(gradOutput:size()):copy(gradOutput)
   return self.gradInput
end

function Copy:type(type, tensorCache)
   if type and self.dontCast then return self end
   return parent.type(self, type, tensorCache)
end
