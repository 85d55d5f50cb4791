-- nn.VolumetricMaxUnpooling(poolingModule): puts elements back where an nn.VolumetricMaxPooling found them; the others
-- are 0.
--
-- Input: as the output of poolingModule, which must have run; output: as its input.
--
-- > p = nn.VolumetricMaxPooling(2, 2, 2)
-- > #nn.VolumetricMaxUnpooling(p):forward(p:forward(torch.ones(1, 4, 6, 8)))
--  1
--  4
--  6
--  8
-- [torch.LongStorage of size 4]
local VolumetricMaxUnpooling, parent = torch.class('nn.VolumetricMaxUnpooling', 'nn.Module')
local expect = require('nn.check').expect

function VolumetricMaxUnpooling:__init(poolingModule)
   parent.__init(self)
   local p = poolingModule
   expect(torch.type(p) == 'nn.VolumetricMaxPooling', self, 1, 'poolingModule', 'nn.VolumetricMaxPooling expected, got %s', torch.type(p))
   expect(p.kT == p.dT and p.kH == p.dH and p.kW == p.dW, self, 1, 'poolingModule', 'its stride has to be its window\'s size; it is %s', tostring(p))
   self.pooling = poolingModule
end

--- module:setParams(): takes the sizes of windows from the pooling module.
function VolumetricMaxUnpooling:setParams()
   local p = self.pooling
   self.indices = nn.utils.long(p.indices, p.output) -- type() converts them
   self.otime, self.oheight, self.owidth = p.itime, p.iheight, p.iwidth
   self.dT, self.dW, self.dH = p.dT, p.dW, p.dH
   self.padT, self.padW, self.padH = p.padT, p.padW, p.padH
end

function VolumetricMaxUnpooling:updateOutput(input)
   self:setParams()
   input.THNN.VolumetricMaxUnpooling_updateOutput(input, self.output, self.indices, self.otime, self.owidth,
      self.oheight, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH)
   return self.output
end

function VolumetricMaxUnpooling:updateGradInput(input, gradOutput)
   self:setParams()
   input.THNN.VolumetricMaxUnpooling_updateGradInput(input, gradOutput, self.gradInput, self.indices, self.otime,
      self.owidth, self.oheight, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH)
   return self.gradInput
end

--- module:empty(): another name of clearState.
function VolumetricMaxUnpooling:empty() self:clearState() end

function VolumetricMaxUnpooling:__tostring__()
   return 'nn.VolumetricMaxUnpooling associated to ' .. tostring(self.pooling)
end
