--- squareplus: (x + sqrt(x^2 + b)) / 2, a smooth ReLU, as an operation of tensors, torch.squareplus, and as a module of nn.
-- Source: J. Barron, Squareplus: a softplus-like algebraic rectifier, 2021.
require 'nn'
local C = require 'libsquareplus' -- puts the operation into torch; after require 'cutorch', and before, for GPUs, too
local M = {}

--- The mean of every row of a Double matrix, on either side.
function M.rowMean(x)
   local r = x.new()
   C.rowMean(r, x)
   return r
end

--- nn.SquarePlus([b]): how smooth; 4 by default.
local SquarePlus, parent = torch.class('nn.SquarePlus', 'nn.Module')

function SquarePlus:__init(b)
   parent.__init(self)
   self.b = b or 4
end

function SquarePlus:updateOutput(input)
   return torch.squareplus(self.output, input, self.b)
end

function SquarePlus:updateGradInput(input, gradOutput)
   torch.squareplusBackward(self.gradInput, input, gradOutput, self.b)
   return self.gradInput
end

--- A case of nn.test and of the like: module, input (nn/selftest.lua).
function SquarePlus.__cases() return {{nn.SquarePlus(2), torch.DoubleTensor(4, 3)}} end

return M
