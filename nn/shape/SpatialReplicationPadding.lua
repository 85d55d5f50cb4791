-- nn.SpatialReplicationPadding(left [, right, top, bottom]): images continued by their border.
-- Negative sizes crop.
local SpatialReplicationPadding, parent = torch.class('nn.SpatialReplicationPadding', 'nn.Module')

function SpatialReplicationPadding:__init(pad_l, pad_r, pad_t, pad_b)
   parent.__init(self)
   self.pad_l = pad_l
   self.pad_r = pad_r or self.pad_l
   self.pad_t = pad_t or self.pad_l
   self.pad_b = pad_b or self.pad_l
end

local function checked(input)
   if input:dim() ~= 3 and input:dim() ~= 4 then
      error('SpatialReplicationPadding: input must be 3 or 4-dimensional, got ' .. input:dim() .. 'D')
   end
   return input.THNN
end

function SpatialReplicationPadding:updateOutput(input)
   checked(input).SpatialReplicationPadding_updateOutput(input, self.output, self.pad_l, self.pad_r, self.pad_t, self.pad_b)
   return self.output
end

function SpatialReplicationPadding:updateGradInput(input, gradOutput)
   checked(input).SpatialReplicationPadding_updateGradInput(input, gradOutput, self.gradInput, self.pad_l, self.pad_r,
      self.pad_t, self.pad_b)
   return self.gradInput
end

function SpatialReplicationPadding:__tostring__()
   return torch.type(self) .. string.format('(l=%d, r=%d, t=%d, b=%d)', self.pad_l, self.pad_r, self.pad_t, self.pad_b)
end
