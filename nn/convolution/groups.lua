-- Groups of nn's convolutions: planes of the input and of the output fall into `groups` of equal size, and outputs see the
-- inputs of their own group alone. A module with more than one has the field `groups`.
local check = require 'nn.check'
local M = {}

--- How a module that is being made is cut: keeps groups in it unless that is nil or 1, and returns it. `at`: the number
--- of that argument.
function M.of(self, at, groups)
   groups = groups or 1
   for _, name in ipairs{'nInputPlane', 'nOutputPlane'} do
      check.expect(groups % 1 == 0 and self[name] % groups == 0, self, at, 'groups', '%s %d cannot be cut into %s groups', name,
         self[name], groups)
   end
   if groups > 1 then self.groups = groups end
   return groups
end

--- For the text of a module.
function M.text(self) return self.groups and ', groups ' .. self.groups or '' end

--- Raises unless what a transposed convolution adds at the end of a direction ('T', 'W' or 'H'), argument `at`, is less than its stride.
function M.check_adj(self, at, direction)
   local adj, stride = self['adj' .. direction], self['d' .. direction]
   check.expect(adj <= stride - 1, self, at, 'adj' .. direction, 'less than the stride, %s, expected, got %s', stride, adj)
end

-- stride, padding before and behind, dilation: each T, W, H
local function numbers(m)
   local t, w, h = m.padT or 0, m.padW or 0, m.padH or 0
   return m.dT or 1, m.dW, m.dH, t, w, h, t, w, h, m.dilationT or 1, m.dilationW or 1, m.dilationH or 1
end

-- the numbers of a kernel, the last ones groups and what follows
local function with(m, adjT, adjW, adjH, ...)
   local a, b, c, d, e, f, g, h, i, j, k, l = numbers(m)
   if adjT then return a, b, c, d, e, f, g, h, i, j, k, l, adjT, adjW, adjH, m.groups, ... end
   return a, b, c, d, e, f, g, h, i, j, k, l, m.groups, ...
end

--- The passes of a module with groups. x: what is convolved; adjT, adjW, adjH: of a transposed convolution.
function M.updateOutput(m, x, ...)
   local name = ... and 'FullConvolution_updateOutput' or 'Convolution_updateOutput'
   x.THNN[name](x, m.output, m.weight, m.bias, with(m, ...))
   return m.output
end

function M.updateGradInput(m, x, gradOutput, gradInput, ...)
   local name = ... and 'FullConvolution_updateGradInput' or 'Convolution_updateGradInput'
   x.THNN[name](x, gradOutput, gradInput, m.weight, with(m, ...))
   return gradInput
end

function M.accGradParameters(m, x, gradOutput, scale, adjT, adjW, adjH)
   local name = adjT and 'FullConvolution_accGradParameters' or 'Convolution_accGradParameters'
   x.THNN[name](x, gradOutput, m.gradWeight, m.gradBias, with(m, adjT, adjW, adjH, scale or 1))
end

return M
