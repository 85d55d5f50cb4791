-- nn.VolumetricReplicationPadding(pleft [, pright = pleft, ptop = pleft, pbottom = pleft, pfront = pleft, pback =
-- pleft]): volumes continued by their border.
--
-- Input: (N x) C x T x H x W; front and back are along T.
--
-- > #nn.VolumetricReplicationPadding(1):forward(torch.ones(1, 2, 3, 4))
--  1
--  4
--  5
--  6
-- [torch.LongStorage of size 4]
local VolumetricReplicationPadding, parent = torch.class('nn.VolumetricReplicationPadding', 'nn.Module')
local wrong = require('nn.check').wrong

function VolumetricReplicationPadding:__init(pleft, pright, ptop, pbottom, pfront, pback)
   parent.__init(self)
   self.pleft = pleft
   self.pright = pright or self.pleft
   self.ptop = ptop or self.pleft
   self.pbottom = pbottom or self.pleft
   self.pfront = pfront or self.pleft
   self.pback = pback or self.pleft
end

local function checked(input)
   if input:dim() ~= 4 and input:dim() ~= 5 then
      wrong('VolumetricReplicationPadding', 1, 'input', 'must be 4 or 5-dimensional, got %sD', input:dim())
   end
   return input.THNN
end

function VolumetricReplicationPadding:updateOutput(input)
   checked(input).VolumetricReplicationPadding_updateOutput(input, self.output, self.pleft, self.pright, self.ptop,
      self.pbottom, self.pfront, self.pback)
   return self.output
end

function VolumetricReplicationPadding:updateGradInput(input, gradOutput)
   checked(input).VolumetricReplicationPadding_updateGradInput(input, gradOutput, self.gradInput, self.pleft,
      self.pright, self.ptop, self.pbottom, self.pfront, self.pback)
   return self.gradInput
end

function VolumetricReplicationPadding:__tostring__()
   return torch.type(self) .. string.format('(left=%d, right=%d, top=%d, bottom=%d, front=%d, back=%d)', self.pleft,
      self.pright, self.ptop, self.pbottom, self.pfront, self.pback)
end
