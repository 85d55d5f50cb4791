--- squareplus: (x + sqrt(x^2 + b)) / 2, a smooth ReLU, as a function and as a module of nn.
-- Source: J. Barron, Squareplus: a softplus-like algebraic rectifier, 2021.
require 'nn'
local C = require 'libsquareplus'
local M = {}

--- The value at every element of a Float or Double tensor; b (4) says how smooth it is.
function M.squareplus(x, b)
   local r = x.new()
   C.forward(r, x, b or 4)
   return r
end

--- The mean of every row of a Double matrix.
function M.rowMean(x)
   local r = x.new()
   C.rowMean(r, x)
   return r
end

local SquarePlus, parent = torch.class('nn.SquarePlus', 'nn.Module')

function SquarePlus:__init(b)
   parent.__init(self)
   self.b = b or 4
end

function SquarePlus:updateOutput(input)
   C.forward(self.output, input, self.b)
   return self.output
end

function SquarePlus:updateGradInput(input, gradOutput)
   C.backward(self.gradInput, input, gradOutput, self.b)
   return self.gradInput
end

return M
