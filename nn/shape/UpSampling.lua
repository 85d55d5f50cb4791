-- nn.UpSampling(scale [, mode = 'nearest']): larger images and volumes. Modes: 'nearest' repeats; 'linear', 'bilinear'
-- and 'trilinear' interpolate.
--
-- scale: a factor, or {[odepth =,] oheight =, owidth =}. Input: N x C x H x W, or N x C x T x H x W.
--
-- > #nn.UpSampling(2):forward(torch.ones(1, 1, 2, 3))
--  1
--  1
--  4
--  6
-- [torch.LongStorage of size 4]
local UpSampling, parent = torch.class('nn.UpSampling', 'nn.Module')
local wrong, expect = require('nn.check').wrong, require('nn.check').expect

function UpSampling:__init(params, mode)
   parent.__init(self)
   self.odepth, self.owidth, self.oheight, self.scale_factor = nil, nil, nil, nil
   if mode == nil or mode == 'nearest' then
      self.mode = 'nearest'
   elseif mode == 'linear' or mode == 'bilinear' or mode == 'trilinear' then
      self.mode = 'linear'
   else
      wrong(self, 2, 'mode', "'nearest', 'linear', 'bilinear' or 'trilinear' expected, got '%s'", mode)
   end
   if type(params) == 'table' then
      if self.mode == 'nearest' then wrong(self, 1, 'scale', 'number expected for the nearest neighbour, got a table') end
      self.odepth, self.owidth, self.oheight = params.odepth, params.owidth, params.oheight
      expect((self.owidth or 0) >= 1 and (self.oheight or 0) >= 1, self, 1, 'scale', 'a scale, or a table with owidth and oheight, expected')
   else
      self.scale_factor = params
   end
   self.inputSize = torch.LongStorage(5):fill(0)
   self.outputSize = torch.LongStorage(5):fill(0)
end

--- module:setSize(input): computes the output's size for an input.
function UpSampling:setSize(input)
   local n = input:dim()
   if n ~= 4 and n ~= 5 then wrong('UpSampling', 1, 'input', 'only supports 4D or 5D tensors, got %sD', n) end
   for i = 1, n do self.inputSize[i], self.outputSize[i] = input:size(i), input:size(i) end
   local given = {self.oheight, self.owidth}
   if n == 5 then given = {self.odepth, self.oheight, self.owidth} end
   for i = 3, n do
      self.outputSize[i] = self.scale_factor and self.inputSize[i] * self.scale_factor or given[i - 2]
   end
end

function UpSampling:updateOutput(input)
   self:setSize(input)
   local k, o = input.THNN, self.outputSize
   local volume = input:dim() == 5
   if self.mode == 'nearest' then
      local f = volume and k.VolumetricUpSamplingNearest_updateOutput or k.SpatialUpSamplingNearest_updateOutput
      f(input, self.output, self.scale_factor)
   elseif volume then
      k.VolumetricUpSamplingTrilinear_updateOutput(input, self.output, o[3], o[4], o[5])
   else
      k.SpatialUpSamplingBilinear_updateOutput(input, self.output, o[3], o[4])
   end
   return self.output
end

function UpSampling:updateGradInput(input, gradOutput)
   self:setSize(input)
   local k, s, o = input.THNN, self.inputSize, self.outputSize
   local volume = input:dim() == 5
   if self.mode == 'nearest' then
      local f = volume and k.VolumetricUpSamplingNearest_updateGradInput or k.SpatialUpSamplingNearest_updateGradInput
      f(input, gradOutput, self.gradInput, self.scale_factor)
   elseif volume then
      k.VolumetricUpSamplingTrilinear_updateGradInput(gradOutput, self.gradInput, s[1], s[2], s[3], s[4], s[5], o[3],
         o[4], o[5])
   else
      k.SpatialUpSamplingBilinear_updateGradInput(gradOutput, self.gradInput, s[1], s[2], s[3], s[4], o[3], o[4])
   end
   return self.gradInput
end

function UpSampling:__tostring__()
   if self.scale_factor then return string.format('%s(%dx, %s)', torch.type(self), self.scale_factor, self.mode) end
   if self.odepth then
      return string.format('%s(%dx%dx%d, %s)', torch.type(self), self.odepth, self.oheight, self.owidth, self.mode)
   end
   return string.format('%s(%dx%d, %s)', torch.type(self), self.oheight, self.owidth, self.mode)
end
