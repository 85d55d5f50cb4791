-- nn.PixelShuffle(upscaleFactor): planes become pixels: (C r^2) x H x W to C x (r H) x (r W), r = upscaleFactor.
--
-- Input: (N x) (C r^2) x H x W.
--
-- > nn.PixelShuffle(2):forward(torch.range(1, 4):view(4, 1, 1))
-- (1,.,.) =
--   1  2
--   3  4
-- [torch.DoubleTensor of size 1x2x2]
--
-- Source: W. Shi et al., Real-time single image and video super-resolution using an efficient sub-pixel convolutional
-- neural network, 2016.
local PixelShuffle, parent = torch.class('nn.PixelShuffle', 'nn.Module')

function PixelShuffle:__init(upscaleFactor)
   parent.__init(self)
   self.upscaleFactor = upscaleFactor
   self.upscaleFactorSquared = upscaleFactor * upscaleFactor
end

-- sizes of the input with the factor's two dimensions apart: n, c, r, r, h, w
local function apart(self, input)
   local first = input:dim() == 4 and 1 or 0
   local r = self.upscaleFactor
   return first == 1 and input:size(1) or 1, input:size(first + 1) / self.upscaleFactorSquared, r, r,
      input:size(first + 2), input:size(first + 3)
end

function PixelShuffle:updateOutput(input)
   local n, c, r, _, h, w = apart(self, input)
   local y = input:contiguous():view(n, c, r, r, h, w):permute(1, 2, 5, 3, 6, 4)
   self.output:resizeAs(y):copy(y)
   if input:dim() == 4 then self.output:resize(n, c, h * r, w * r)
   else self.output:resize(c, h * r, w * r) end
   return self.output
end

function PixelShuffle:updateGradInput(input, gradOutput)
   local n, c, r, _, h, w = apart(self, input)
   local g = gradOutput:contiguous():view(n, c, h, r, w, r):permute(1, 2, 4, 6, 3, 5)
   self.gradInput:resizeAs(g):copy(g)
   self.gradInput:resize(input:size())
   return self.gradInput
end

function PixelShuffle:clearState()
   nn.utils.clear(self, '_intermediateShape', '_outShape', '_shuffleOut', '_shuffleIn')
   return parent.clearState(self)
end
