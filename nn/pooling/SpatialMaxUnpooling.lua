-- nn.SpatialMaxUnpooling(poolingModule): puts elements back where an nn.SpatialMaxPooling found them; the others are 0.
--
-- Input: as the output of poolingModule, which must have run; output: as its input.
--
-- > p = nn.SpatialMaxPooling(2, 2)
-- > nn.SpatialMaxUnpooling(p):forward(p:forward(torch.range(1, 4):view(1, 2, 2)))
-- (1,.,.) =
--   0  0
--   0  4
-- [torch.DoubleTensor of size 1x2x2]
local SpatialMaxUnpooling, parent = torch.class('nn.SpatialMaxUnpooling', 'nn.Module')
local expect = require('nn.check').expect

function SpatialMaxUnpooling:__init(poolingModule)
   parent.__init(self)
   local p = poolingModule
   expect(torch.type(p) == 'nn.SpatialMaxPooling', self, 1, 'poolingModule', 'nn.SpatialMaxPooling expected, got %s', torch.type(p))
   expect(p.kH == p.dH and p.kW == p.dW, self, 1, 'poolingModule', 'its stride has to be its window\'s size; it is %s', tostring(p))
   self.pooling = poolingModule
end

--- module:setParams(): takes the sizes of windows from the pooling module.
function SpatialMaxUnpooling:setParams()
   self.indices = nn.utils.long(self.pooling.indices, self.pooling.output) -- type() converts them
   self.oheight = self.pooling.iheight
   self.owidth = self.pooling.iwidth
end

-- planes as rows
local function rows(x) return x:contiguous():view(x:nElement() / (x:size(x:dim()) * x:size(x:dim() - 1)), -1) end

function SpatialMaxUnpooling:updateOutput(input)
   self:setParams()
   local size = input:size()
   size[input:dim() - 1], size[input:dim()] = self.oheight, self.owidth
   self.output:resize(size):zero()
   rows(self.output):scatter(2, rows(self.indices), rows(input))
   return self.output
end

function SpatialMaxUnpooling:updateGradInput(input, gradOutput)
   self:setParams()
   self.gradInput:resizeAs(input)
   rows(self.gradInput):gather(rows(gradOutput), 2, rows(self.indices))
   return self.gradInput
end

--- module:empty() -> module: another name of clearState.
function SpatialMaxUnpooling:empty() return self:clearState() end

function SpatialMaxUnpooling:__tostring__()
   return 'nn.SpatialMaxUnpooling associated to ' .. tostring(self.pooling)
end
